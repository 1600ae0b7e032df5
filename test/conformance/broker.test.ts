import { beforeAll, describe } from "vitest";
import { hasApacheKafka, startTestApacheKafka } from "../support/apacheKafka/testBroker.ts";
import { startTestBroker, type TestBroker } from "../support/broker.ts";
import { groups } from "./behaviour/groups.ts";
import { records } from "./behaviour/records.ts";
import { refusals } from "./behaviour/refusals.ts";
import { topics } from "./behaviour/topics.ts";
import { TestClients } from "./clients.ts";

/** The same assertions against both brokers: what the real one does is what the embedded one has to do. */
const BROKERS = [
  { name: "the embedded broker", start: startTestBroker, here: true },
  { name: "the real Apache Kafka", start: startTestApacheKafka, here: hasApacheKafka },
];

for (const { name, start, here } of BROKERS) {
  describe.skipIf(!here)(name, () => {
    let broker: TestBroker;
    const clients = new TestClients(() => broker);
    beforeAll(async () => {
      broker = await start();
      await clients.warmUp();
    });
    topics(clients);
    records(clients);
    groups(clients);
    refusals(clients);
  });
}
