import { expect, test } from "vitest";
import { testBroker } from "./support/brokers.ts";
import { RawClient } from "./support/rawClient.ts";

test("the controller is a listed broker, at 127.0.0.1 and the port that was really bound", async () => {
  const broker = await testBroker({ port: 0 });
  const raw = await RawClient.connect(broker);
  const { brokers, controllerId } = await raw.request("Metadata", 8, { topics: [] });
  expect(brokers).toEqual([{ nodeId: controllerId, host: "127.0.0.1", port: broker.port, rack: null }]);
  expect(broker.port).toBeGreaterThan(0);
});

test("a wildcard address advertises the address the client came to", async () => {
  const broker = await testBroker({ host: "0.0.0.0" });
  const raw = await RawClient.connect({ host: "127.0.0.1", port: broker.port });
  const { brokers } = await raw.request("Metadata", 8, { topics: [] });
  expect(brokers[0].host).toBe("127.0.0.1");
});

test("a topic is created for a producer that asks, never for a consumer that does not", async () => {
  const raw = await RawClient.connect(await testBroker({ defaultPartitions: 3 }));
  const consumer = await raw.request("Metadata", 4, { topics: ["t"], allowAutoCreate: false });
  expect(consumer.topics).toMatchObject([{ name: "t", error: 3, partitions: [] }]);
  const producer = await raw.request("Metadata", 4, { topics: ["t"], allowAutoCreate: true });
  expect(producer.topics).toMatchObject([{ name: "t", error: 0, partitions: [{}, {}, {}] }]);
  const old = await raw.request("Metadata", 1, { topics: ["u"] });
  expect(old.topics).toMatchObject([{ name: "u", error: 0 }]);
});

test("with autoCreateTopics off nothing is created", async () => {
  const raw = await RawClient.connect(await testBroker({ autoCreateTopics: false }));
  const answer = await raw.request("Metadata", 4, { topics: ["t"], allowAutoCreate: true });
  expect(answer.topics).toMatchObject([{ error: 3 }]);
  expect((await raw.request("Metadata", 4, { topics: null })).topics).toEqual([]);
});

test("an illegal topic name is INVALID_TOPIC_EXCEPTION", async () => {
  const raw = await RawClient.connect(await testBroker());
  for (const name of ["", ".", "..", "a/b", "ä", "x".repeat(250)]) {
    const answer = await raw.request("Metadata", 4, { topics: [name], allowAutoCreate: true });
    expect(answer.topics).toMatchObject([{ error: 17, name }]);
  }
});

test("many clients asking for the same new topic at once make one", async () => {
  const broker = await testBroker();
  const answers = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const raw = await RawClient.connect(broker);
      return raw.request("Metadata", 4, { topics: ["t"], allowAutoCreate: true });
    }),
  );
  for (const { topics } of answers) expect(topics).toMatchObject([{ error: 0, name: "t" }]);
});

test("a topic named by its id alone is refused, and others of the request are answered", async () => {
  const broker = await testBroker();
  const raw = await RawClient.connect(broker);
  await raw.request("CreateTopics", 4, { topics: [{ name: "t", partitions: 1, replicationFactor: 1 }] });
  const answer = await raw.request("Metadata", 10, { topics: [{ name: null }, { name: "t" }] });
  expect(answer.topics).toMatchObject([
    { error: 42, name: "" },
    { error: 0, name: "t" },
  ]);
});

test("a coordinator for transactions is refused, and so is a transactional producer id", async () => {
  const raw = await RawClient.connect(await testBroker());
  expect(await raw.request("FindCoordinator", 2, { key: "x", type: 1 })).toMatchObject({
    error: 53,
    message: "transactions are not supported",
  });
  expect(await raw.request("InitProducerId", 1, { transactionalId: "x" })).toMatchObject({ error: 53 });
});
