// Topics, an idempotent producer, a consumer of a group and the admin's lists, with @platformatic/kafka.
import assert from "node:assert/strict";
import { Admin, Consumer, Producer, stringDeserializers, stringSerializers } from "@platformatic/kafka";

const MESSAGES = 50;
const topic = "platformatic";
const common = { clientId: topic, bootstrapBrokers: [process.argv[2]] };

const admin = new Admin(common);
await admin.createTopics({ topics: [topic], partitions: 3, replicas: 1 });
assert.ok((await admin.listTopics()).includes(topic));
const producer = new Producer({ ...common, serializers: stringSerializers, idempotent: true });
const messages = Array.from({ length: MESSAGES }, (_, i) => ({ topic, key: `k${i}`, value: `v${i}` }));
await producer.send({ messages });
const consumer = new Consumer({ ...common, groupId: topic, deserializers: stringDeserializers });
const stream = await consumer.consume({ topics: [topic], mode: "earliest", autocommit: true });
const values = new Set();
for await (const { value } of stream) if (values.add(value).size === MESSAGES) break;
await stream.close();
await consumer.close(true);
assert.ok((await admin.listGroups()).has(topic));
await producer.close();
await admin.deleteTopics({ topics: [topic] });
await admin.close();
