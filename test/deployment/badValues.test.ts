import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { readConfig as readLauncherConfig } from "../../launcher/src/config.ts";
import { readConfig as readBrokerConfig } from "../../packages/embedded-kafka/src/config.ts";
import { readConfig as readApiConfig } from "../../services/api/src/config.ts";
import { readConfig as readIngestConfig } from "../../services/ingest/src/config.ts";
import { runToEnd } from "../support/command.ts";
import { createTestFolder } from "../support/folder.ts";

const BACKENDS = { DATABASE_URL: "postgresql://localhost/x", KAFKA_BROKERS: "localhost:9092" };

/** The names of the variables that are read. */
function namesRead(read: (env: Record<string, string | undefined>) => unknown): string[] {
  const names = new Set<string>();
  const env: Record<string, string | undefined> = { ...BACKENDS };
  read(
    new Proxy(env, {
      get(target, name) {
        names.add(String(name));
        return target[String(name)];
      },
    }),
  );
  return [...names];
}

test("every variable of a part is judged by the launcher before it starts anything", () => {
  const judged = namesRead((env) => readLauncherConfig([], env));
  for (const read of [readIngestConfig, readApiConfig, readBrokerConfig])
    expect(judged).toEqual(expect.arrayContaining(namesRead(read)));
});

test("npm start refuses a bad value in one line, with its name, what was expected and what came, and leaves nothing", async () => {
  const started = performance.now();
  const outcomes = await Promise.all(
    [
      { SIMULATOR_RATE: "200000" },
      { RETENTION_MONTHS: "1.5" },
      { KAFKA_BROKERS: "::1:9092" },
      { PULSEBOARD_DATA: "/dev/null/nowhere" },
    ].map(async (bad) => {
      const folder = await createTestFolder();
      const env = { PATH: process.env.PATH ?? "", PULSEBOARD_DATA: folder, ...bad };
      const outcome = await runToEnd("launcher/src/main.ts", [], env);
      return { ...outcome, left: await readdir(folder) };
    }),
  );
  const refusal = (line: RegExp) => ({
    status: 1,
    stdout: "",
    stderr: expect.stringMatching(line),
    left: [],
  });
  expect(outcomes).toEqual([
    refusal(/^SIMULATOR_RATE: expected a number from 0 to 100000, got "200000"\n$/),
    refusal(/^RETENTION_MONTHS: expected an integer from 1 to 1200, got "1.5"\n$/),
    refusal(/^KAFKA_BROKERS: expected host:port, .*, got "::1:9092"\n$/),
    refusal(/^PULSEBOARD_DATA: expected a folder that can be written, got \/dev\/null\/nowhere .*\n$/),
  ]);
  expect(performance.now() - started).toBeLessThan(30_000);
});
