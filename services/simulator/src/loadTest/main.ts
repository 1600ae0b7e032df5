import { ConfigError, createPool, runCommand } from "@pulseboard/runtime";
import { awaitCatalogue } from "../catalogue.ts";
import { atRate, lasting, readScenario, type Scenario } from "../scenario/scenario.ts";
import { type LoadTestConfig, readLoadTestConfig } from "./config.ts";
import { type FindMaxResult, findMax } from "./findMax/findMax.ts";
import { findMaxPage, findMaxWords } from "./findMax/page.ts";
import { createLoad, type LoadSource, steadyScenario } from "./load.ts";
import { LEAST_SECONDS, type LoadTestOptions, parseLoadTestOptions } from "./options.ts";
import { ProgressView } from "./progress.ts";
import { differencesFrom, readEarlierRun } from "./report/compare.ts";
import { runPage } from "./report/runPage.ts";
import { terminalReport } from "./report/terminal.ts";
import { prepareReportFiles, writeReport } from "./reportFiles.ts";
import { EXIT_STATUS } from "./result.ts";
import { runLoadTest } from "./run.ts";
import { parseThreshold, type Threshold } from "./thresholds.ts";

/** Of a search that is not told where to begin. */
const FIRST_RATE = 1_000;

/** The catalogue, which must be there: a load test waits for nobody. */
async function readCatalogue(config: LoadTestConfig) {
  const pool = createPool({
    databaseUrl: config.databaseUrl,
    applicationName: "pulseboard-load-test",
    max: 1,
  });
  const once = new AbortController();
  try {
    return await awaitCatalogue({
      pool,
      signal: once.signal,
      onWait: (reason) => {
        once.abort(new ConfigError(reason));
      },
    });
  } finally {
    await pool.end();
  }
}

const DEFAULT_SECONDS = 60;
const LONGEST_DRAIN_SECONDS = 300;

function scenarioThreshold(text: string): Threshold {
  try {
    return parseThreshold(text);
  } catch (error) {
    throw new ConfigError(`the scenario's threshold ${JSON.stringify(text)}: ${(error as Error).message}`);
  }
}

/** The scenario that was asked for, at another rate and of another length where those were asked for, too. */
function scenarioOf(
  scenario: Scenario | undefined,
  rate: number | undefined,
  seconds: number | undefined,
): Scenario {
  if (!scenario) return steadyScenario(rate!, seconds ?? DEFAULT_SECONDS);
  if (seconds === undefined && scenario.duration_seconds < LEAST_SECONDS)
    throw new ConfigError(`--scenario: expected one of ${LEAST_SECONDS} s at least, or --duration`);
  const scaled = rate === undefined ? scenario : atRate(scenario, rate);
  return seconds === undefined ? scaled : lasting(scaled, seconds);
}

/** As it is typed again. */
const shellWord = (word: string): string =>
  /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

await runCommand(async () => {
  const options: LoadTestOptions = parseLoadTestOptions(process.argv.slice(2));
  const earlier = options.compare ? await readEarlierRun(options.compare) : undefined;
  const config = await readLoadTestConfig(options);
  const catalogue = await readCatalogue(config);
  if (!catalogue) throw new ConfigError("the catalogue has no published posts: npm run seed makes samples");
  const scenario = options.scenario === undefined ? undefined : readScenario(options.scenario);
  const ofScenario = scenario?.thresholds?.map(scenarioThreshold) ?? [];
  const seed = options.seed ?? scenario?.seed ?? Math.floor(Math.random() * 2 ** 32);
  const files = await prepareReportFiles(options);
  const progress = new ProgressView(config.terminal);
  const interrupted = new AbortController();
  // The first ends the run early, with its report; the second ends the process.
  process.once("SIGINT", () => {
    progress.say("ending early; again to leave without a report");
    interrupted.abort();
    process.once("SIGINT", () => process.exit(130));
  });

  const sourceAt = (rate: number | undefined): LoadSource => ({
    scenario: scenarioOf(scenario, rate, options.duration),
    catalogue,
    seed,
    warmUpMs: options.warmUp * 1_000,
  });
  const command = `npm run load-test -- ${process.argv.slice(2).map(shellWord).join(" ")}`;
  const run = (source: LoadSource, withAudit: boolean) =>
    runLoadTest({
      config,
      source,
      load: createLoad(source),
      via: options.via,
      dashboards: options.dashboards,
      // A step of a search begins when all before has arrived.
      drainMs: (options.findMax ? Math.max(options.drain, LONGEST_DRAIN_SECONDS) : options.drain) * 1_000,
      thresholds: options.threshold.length ? options.threshold : ofScenario,
      audit: withAudit,
      command,
      progress,
      signal: interrupted.signal,
    });

  if (options.findMax) {
    createLoad(sourceAt(options.maxRate)); // the longest of its steps may not be too long
    const startedAt = new Date().toISOString();
    const found: FindMaxResult = {
      ...(await findMax({
        first: options.rate ?? FIRST_RATE,
        max: options.maxRate,
        maxP99: options.maxP99,
        progress,
        signal: interrupted.signal,
        run: (rate) => run(sourceAt(rate), false),
      })),
      max_p99_ms: options.maxP99,
      started_at: startedAt,
      command,
      via: options.via,
      seconds_a_step: sourceAt(FIRST_RATE).scenario.duration_seconds,
      warm_up_s: options.warmUp,
    };
    const { head, rest, why } = findMaxWords(found);
    process.stdout.write(`${head} ${rest}\n${why}\n\n${files.json}\n${files.html}\n`);
    await writeReport(files, found, findMaxPage(found, files.json));
    process.exitCode = EXIT_STATUS[found.verdict];
    return;
  }

  const result = await run(sourceAt(options.rate), options.audit);
  const differences = earlier ? differencesFrom(earlier, result) : [];
  process.stdout.write(`${terminalReport(result, differences)}\n${files.json}\n${files.html}\n`);
  await writeReport(files, result, runPage(result, files.json, earlier, differences));
  process.exitCode = EXIT_STATUS[result.verdict];
});
