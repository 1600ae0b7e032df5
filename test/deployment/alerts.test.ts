import { expect, test } from "vitest";
import { NO_KAFKA, startTestApi } from "../../services/api/test/apiFixture.ts";
import { CASES } from "../alerts/cases.ts";
import { readRules } from "../alerts/rules.ts";
import { freePort } from "../support/freePort.ts";
import { spawnService } from "../support/process.ts";

const NO_DATABASE = "postgres://nobody@127.0.0.1:1/nothing";

/** What ingest and the API tell as soon as they run: neither database nor Kafka is there. */
async function scrapeAtStart(): Promise<string[]> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/metrics`;
  const env = { DATABASE_URL: NO_DATABASE, KAFKA_BROKERS: NO_KAFKA, METRICS_PORT: String(port) };
  const [api] = await Promise.all([
    startTestApi(NO_DATABASE),
    spawnService("services/ingest/src/main.ts", env, { readyWhen: { url } }),
  ]);
  const texts = await Promise.all(
    [api.get("/metrics"), fetch(url)].map(async (asked) => (await asked).text()),
  );
  return texts.join("\n").split("\n");
}

interface Selector {
  name: string;
  labels: { label: string; operator: string; value: string }[];
}

/** The series that an expression of PromQL reads. */
const selectorsOf = (expr: string): Selector[] =>
  [...expr.matchAll(/\b((?:pulseboard|nodejs)_\w+)(?:\{([^}]*)\})?/g)].map(([, name, labels = ""]) => ({
    name: name!,
    labels: [...labels.matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"/g)].map(([, label, operator, value]) => ({
      ...{ label: label!, operator: operator!, value: value! },
    })),
  }));

/** Labels that the series have to have, one set for each alternative of `=~"a|b"`. */
function wantedLabels({ labels }: Selector): string[][] {
  const alternatives = labels
    .filter(({ operator }) => operator === "=" || operator === "=~")
    .map(({ label, value }) => value.split("|").map((one) => `${label}="${one}"`));
  return alternatives.reduce<string[][]>(
    (sets, next) => sets.flatMap((set) => next.map((one) => [...set, one])),
    [[]],
  );
}

test("what an alert counts is there from the start of a process, and every alert has a case of promtool", async () => {
  const rules = await readRules();
  expect(CASES.map(({ alert }) => alert).sort()).toEqual(rules.map(({ alert }) => alert).sort());
  const lines = await scrapeAtStart();
  for (const { alert, expr } of rules) {
    const selectors = selectorsOf(expr);
    expect(selectors.length, alert).toBeGreaterThan(0);
    for (const selector of selectors) {
      const { name } = selector;
      const of = name.replace(/_bucket$/, "");
      expect(lines, alert).toEqual(expect.arrayContaining([expect.stringContaining(`# TYPE ${of} `)]));
      // A gauge has no value while its source is away; a counter that appears with its first failure shows no rise.
      if (!/_(total|bucket)$/.test(name)) continue;
      for (const labels of wantedLabels(selector)) {
        const series = lines.filter(
          (line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)),
        );
        expect(series, `${alert}: ${name} ${labels}`).not.toEqual([]);
      }
    }
  }
});
