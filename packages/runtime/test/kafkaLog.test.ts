import { KafkaJSConnectionError, KafkaJSNonRetriableError, logLevel } from "kafkajs";
import { pino } from "pino";
import { expect, it } from "vitest";
import { until } from "../../../test/support/until.ts";
import { createKafkaLog } from "../src/index.ts";

function recorded(repeatedWithinMs?: number) {
  // biome-ignore lint/suspicious/noExplicitAny: lines as they were written
  const lines: any[] = [];
  const logger = pino({ level: "debug" }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const log = createKafkaLog(logger, repeatedWithinMs);
  const say = (message: unknown, facts: object = {}, level: logLevel = logLevel.ERROR) =>
    log({
      namespace: "Consumer",
      level,
      label: "ERROR",
      log: { ...facts, message: message as string, timestamp: "", logger: "kafkajs" },
    });
  return { lines, say };
}

it("an error that kafkajs logs says its name, words, code and broker", () => {
  const { lines, say } = recorded();
  const refused = new KafkaJSConnectionError("refused", { broker: "b:9092", code: "ECONNREFUSED" });
  say("Connection error", { error: refused });
  // kafkajs logs an error in the place of the message too.
  say(new KafkaJSNonRetriableError("no such version"));
  expect(lines).toMatchObject([
    {
      level: 50,
      msg: "Connection error",
      error: {
        name: "KafkaJSConnectionError",
        message: "refused",
        code: "ECONNREFUSED",
        broker: "b:9092",
      },
    },
    { msg: "no such version", error: { name: "KafkaJSNonRetriableError", message: "no such version" } },
  ]);
});

it("equal lines are written once, then once in a while with their number; others as they come", async () => {
  const { lines, say } = recorded(100);
  for (let i = 0; i < 668; i++) say("Connection timeout", { broker: "b:1", retryCount: i });
  say("Connection timeout", { broker: "b:2" });
  expect(lines.map(({ broker, repeated }) => ({ broker, repeated }))).toEqual([
    { broker: "b:1" },
    { broker: "b:2" },
  ]);
  await until(() => lines[2]);
  expect(lines[2]).toMatchObject({ broker: "b:1", repeated: 667, msg: "Connection timeout" });

  for (let i = 0; i < 3; i++) say("Connecting", {}, logLevel.INFO);
  expect(lines.filter(({ msg }) => msg === "Connecting")).toHaveLength(3);
});
