import { startTestBroker } from "../../../test/support/broker.ts";
import { TOPIC, testKafka } from "../../../test/support/ledger.ts";
import { until } from "../../../test/support/until.ts";
import { createFixture, DAY_MS, type Fixture } from "../../ingest/test/foldFixture.ts";
import { startTestApi, type TestApi } from "./apiFixture.ts";
import { fillCatalogue, randomEvents } from "./rawAnswers.ts";

/**
 * An API that is ready: some authors, posts and engagements in its database, and a broker with its topic.
 * @param databaseUrl of a migrated database; absent: a new one of the run's server
 */
export async function startFilledApi(
  env: Record<string, string> = {},
  databaseUrl?: string,
): Promise<{ api: TestApi; fixture: Fixture; brokers: string }> {
  const [fixture, broker] = await Promise.all([
    createFixture(databaseUrl ? { databaseUrl } : {}),
    startTestBroker(),
  ]);
  await fillCatalogue(fixture);
  await fixture.write(randomEvents(fixture, 300, DAY_MS, 3));
  await fixture.fold.foldNow();
  const admin = testKafka(broker.address).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 3 }] });
  await admin.disconnect();
  const api = await startTestApi(fixture.url, { KAFKA_BROKERS: broker.address, ...env });
  await until(async () => (await api.get("/readyz")).status === 200, {
    what: "the API to be ready",
  });
  return { api, fixture, brokers: broker.address };
}
