import { execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CASES, QUIET } from "./cases.ts";
import { RULES_FILE, readRules } from "./rules.ts";

/**
 * Tests docs/alerts.yml with promtool: no alert fires while nothing goes wrong, and each fires for one failure. PROMTOOL
 * names promtool; otherwise the one on the path is taken, or Go builds it, which takes some minutes.
 */
const MODULE = "github.com/prometheus/prometheus/cmd/promtool@v0.316.0";
/** The last moment before anything goes wrong. */
const QUIET_AT = "100m";

const isHere = (program: string): boolean => spawnSync(program, ["--version"]).status === 0;
const given = process.env.PROMTOOL ?? "promtool";
const [program = given, ...first] = isHere(given) ? [given] : ["go", "run", MODULE];
const promtool = (...args: string[]) => execFileSync(program, [...first, ...args], { stdio: "inherit" });

const rules = await readRules();
const summaryOf = (alert: string, labels: Record<string, string>): string => {
  const summary = rules.find((rule) => rule.alert === alert)?.annotations.summary;
  if (summary === undefined) throw new Error(`docs/alerts.yml has no alert ${alert}`);
  return summary.replace(/\{\{ \$labels\.(\w+) \}\}/g, (_, name: string) => labels[name] ?? "");
};

const tests = CASES.map(({ alert, failing, firesAt, labels = {} }) => ({
  name: alert,
  interval: "15s",
  input_series: Object.entries({ ...QUIET, ...failing }).map(([series, values]) => ({ series, values })),
  alert_rule_test: [
    ...rules.map((rule) => ({ eval_time: QUIET_AT, alertname: rule.alert, exp_alerts: [] })),
    {
      eval_time: firesAt,
      alertname: alert,
      exp_alerts: [{ exp_labels: labels, exp_annotations: { summary: summaryOf(alert, labels) } }],
    },
  ],
}));

const folder = await mkdtemp(join(tmpdir(), "pulseboard-alerts-"));
try {
  const file = join(folder, "tests.yml");
  await writeFile(file, JSON.stringify({ rule_files: [RULES_FILE], evaluation_interval: "15s", tests }));
  promtool("check", "rules", RULES_FILE);
  promtool("test", "rules", file);
} finally {
  await rm(folder, { recursive: true, force: true });
}
