import { KafkaContainer } from "@testcontainers/kafka";
import { PostgreSqlContainer } from "@testcontainers/postgresql";
import { getContainerRuntimeClient, ImageName } from "testcontainers";
import { expect, it } from "vitest";
import { migrate } from "../../schema/src/index.ts";
import { Ledger } from "../support/ledger.ts";
import { Pipeline } from "../support/pipeline.ts";
import { onTeardown } from "../support/teardown.ts";
import { until } from "../support/until.ts";

const KAFKA = "confluentinc/cp-kafka:8.1.0"; // Apache Kafka 4.1, in the image that the library knows how to configure
const POSTGRES = "postgres:18";

/** Why the containers cannot be started here; undefined when they can. */
async function missing(): Promise<string | undefined> {
  try {
    const runtime = await getContainerRuntimeClient();
    for (const image of [KAFKA, POSTGRES].map((name) => ImageName.fromString(name)))
      if (!(await runtime.image.exists(image))) await runtime.image.pull(image);
    return undefined;
  } catch (error) {
    return (error as Error).message.split("\n")[0];
  }
}

const why = await missing();
if (why) console.warn(`left out: the pipeline on container images (${why})`);

it.skipIf(why)(
  "I1, I9: on the images of Kafka and PostgreSQL, a kill -9 of ingest under load loses nothing",
  async () => {
    const kafka = await new KafkaContainer(KAFKA).withKraft().start();
    onTeardown(async () => void (await kafka.stop()));
    const postgres = await new PostgreSqlContainer(POSTGRES).start();
    onTeardown(async () => void (await postgres.stop()));
    const brokers = `${kafka.getHost()}:${kafka.getMappedPort(9093)}`;
    const url = postgres.getConnectionUri().replace("postgres://", "postgresql://");
    await migrate(url);

    const pipeline = await Pipeline.open(url, brokers);
    const ledger = await Ledger.open(brokers, Pipeline.POSTS);
    await pipeline.createTopic();
    const first = await pipeline.startIngest();
    const load = (async () => {
      for (let chunk = 0; chunk < 10; chunk++) await ledger.publish(500, { duplicates: 0.05 });
    })();
    await until(() => pipeline.storedRows(), { is: (rows) => rows > 1_000 });
    await first.kill9();
    await load;
    await pipeline.startIngest();
    await pipeline.settled();
    await pipeline.expectExact(ledger);
    expect(ledger.duplicates).toBeGreaterThan(0);
  },
  600_000,
);
