import { once } from "node:events";
import { createServer } from "node:net";
import { expect, it } from "vitest";
import { runToEnd } from "../support/command.ts";
import { createTestDatabase } from "../support/database.ts";
import { onTeardown } from "../support/teardown.ts";

/** By API number: what Apache Kafka 1.0 answers to ApiVersions. */
const KAFKA_1_0 = [5, 6, 2, 5, 1, 0, 4, 1, 3, 3, 1, 2, 1, 1, 1, 1, 1, 1, 1, 2, 1, 0, 0];

/** A server that answers ApiVersions as Kafka 1.0 does, and closes the connection at anything else. */
async function startOldBroker(): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (request) => {
      const [key, version] = [request.readInt16BE(4), request.readInt16BE(6)];
      if (key !== 18) return socket.destroy();
      const throttle = version >= 1 ? 4 : 0;
      const answer = Buffer.alloc(14 + 6 * KAFKA_1_0.length + throttle);
      answer.writeInt32BE(answer.length - 4, 0);
      request.copy(answer, 4, 8, 12);
      answer.writeInt16BE(version > 1 ? 35 : 0, 8);
      answer.writeInt32BE(KAFKA_1_0.length, 10);
      KAFKA_1_0.forEach((max, api) => {
        answer.writeInt16BE(api, 14 + 6 * api);
        answer.writeInt16BE(max, 18 + 6 * api);
      });
      socket.write(answer);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTeardown(async () => void server.close());
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

it.each(["services/ingest/src/main.ts", "services/api/src/main.ts"])(
  "a broker that is too old ends %s at the start, in one line that names it and what it lacks",
  async (program) => {
    const broker = await startOldBroker();
    const started = performance.now();
    const { status, stdout, stderr } = await runToEnd(program, [], {
      DATABASE_URL: (await createTestDatabase()).url,
      KAFKA_BROKERS: broker,
      METRICS_PORT: "0",
      PORT: "0",
    });
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: "",
      stderr: `the Kafka broker ${broker} cannot be used: it speaks versions 0 to 6 of Fetch, expected version 11; Kafka 2.6 or later is needed\n`,
    });
    expect(performance.now() - started).toBeLessThan(20_000);
  },
);
