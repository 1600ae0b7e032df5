import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { startTestBroker, type TestBroker } from "../../../../test/support/broker.ts";
import { runToEnd } from "../../../../test/support/command.ts";
import { createTestDatabase } from "../../../../test/support/database.ts";
import { createTestFolder } from "../../../../test/support/folder.ts";
import { Pipeline } from "../../../../test/support/pipeline.ts";
import { spawnService, type TestService } from "../../../../test/support/process.ts";
import { until } from "../../../../test/support/until.ts";
import type { LoadTestResult } from "../../src/loadTest/result.ts";

const LOAD_TEST = "services/simulator/src/loadTest/main.ts";
const KEY = "a-key-of-the-load-test-alone";
/** What depends on this machine's speed must not decide a test. */
const AT_ANY_SPEED = ["--threshold", "generator.late<600000", "--threshold", "generator.dropped<1000000"];

let broker: TestBroker;
let pipeline: Pipeline;
let ingest: TestService;
let api: TestService;
let folder: string;
let runs = 0;

beforeAll(async () => {
  broker = await startTestBroker();
  pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
  const env = { DATABASE_URL: pipeline.databaseUrl, KAFKA_BROKERS: broker.address };
  [ingest, api, folder] = await Promise.all([
    pipeline.startIngest(),
    spawnService(
      "services/api/src/main.ts",
      { ...env, PORT: "0", API_KEYS: `${KEY}:write+read` },
      { readyWhen: "message" },
    ),
    createTestFolder(),
  ]);
});

const environment = () => ({
  DATABASE_URL: pipeline.databaseUrl,
  KAFKA_BROKERS: broker.address,
  PULSEBOARD_KEY: KEY,
  PATH: process.env.PATH!,
});

interface Run {
  status: number;
  stdout: string;
  result: LoadTestResult;
  html: string;
}

async function loadTest(args: string[]): Promise<Run> {
  const file = join(folder, `${runs++}.json`);
  const { status, stdout, stderr } = await runToEnd(
    LOAD_TEST,
    ["--url", String(api.ready.url), "--dashboards", "2", "--warm-up", "0.5", "--json", file, ...args],
    environment(),
  );
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(`no result; status ${status}\n${stdout}\n${stderr}`, { cause: error });
  }
  return {
    status,
    stdout,
    result: JSON.parse(text) as LoadTestResult,
    html: readFileSync(file.replace(/json$/, "html"), "utf8"),
  };
}

/** One that is ended by a signal, so that no test depends on how long it takes. */
async function startLoadTest(args: string[]) {
  const file = join(folder, `${runs++}.json`);
  const service = await spawnService(
    LOAD_TEST,
    { ...environment(), PULSEBOARD_DATA: "/nonexistent" },
    {
      readyWhen: "spawned",
      args: [
        ...["--url", String(api.ready.url), "--dashboards", "1", "--warm-up", "0.5", "--json", file],
        ...["--duration", "600", "--no-audit", ...args],
      ],
    },
  );
  return {
    service,
    /** Its report, once it has ended. */
    async end() {
      // Awaited, so that teardown takes its end for what it is.
      const { code } = await service.exited;
      await service.kill9();
      const result = JSON.parse(readFileSync(file, "utf8")) as LoadTestResult;
      return { status: code, result, html: readFileSync(file.replace(/json$/, "html"), "utf8") };
    },
  };
}

/** Calls back once events of a run are stored that were not before. */
async function whileStoring(body: () => Promise<void>): Promise<void> {
  const before = await pipeline.storedRows();
  await until(() => pipeline.storedRows(), { timeoutMs: 90_000, is: (rows) => rows > before });
  await body();
}

/** For how long a process is stopped: the length is the fault itself. */
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Processes that a process has started, whose command line says this. */
function childrenSaying(parent: number, words: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
        const [, ppid] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return Number(ppid) === parent && readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(words);
      } catch {
        return false; // it has ended
      }
    });
}

describe("npm run load-test", () => {
  it("accounts for every message of a hostile run over Kafka, and shows the same figures as JSON and HTML", async () => {
    const before = await pipeline.query("select count(*)::integer as rows from rejected_events");
    const stored = await pipeline.storedRows();
    const args = ["--scenario", "hostile", "--rate", "300", "--duration", "3", "--seed", "5"];
    const { status, stdout, result, html } = await loadTest([...args, ...AT_ANY_SPEED]);
    expect({ status, verdict: result.verdict }).toEqual({ status: 0, verdict: "held" });
    const { sent, acknowledged, failed, counted, account, generator } = result;
    expect(sent + generator.dropped).toBe(975);
    expect(failed).toBe(0);
    expect(acknowledged).toBe(sent);
    expect(account.repeats).toBeGreaterThan(40);
    expect(account.broken).toBeGreaterThan(20);
    expect(counted + account.repeats + account.broken).toBe(acknowledged);
    expect(await pipeline.storedRows()).toBe(stored + counted);
    const after = await pipeline.query("select count(*)::integer as rows from rejected_events");
    expect(after[0].rows - before[0].rows).toBe(account.broken);
    expect(account.partitions).toEqual({
      passed: acknowledged,
      stored: counted,
      rejected: account.broken,
      duplicates: account.repeats,
      skipped: 0,
      gaps: 0,
    });
    expect(account.audit?.exact).toBe(true);

    const { acknowledged: first, stored: second, counted: third, screen } = result.latency_ms;
    for (const { p50, p99, max } of [first, second, third, screen]) {
      expect(p50).toBeGreaterThan(0);
      expect(p99).toBeGreaterThanOrEqual(p50!);
      expect(max).toBeGreaterThanOrEqual(p99!);
    }
    expect(second.p50).toBeGreaterThan(first.p50!);
    expect(screen.p50).toBeGreaterThanOrEqual(third.p50!);
    expect(result.processes.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["ingest", "api", "postgres", "broker", "generator", "2 dashboards"]),
    );
    expect(result.seconds.reduce((sum, { counted: some }) => sum + some, 0)).toBe(counted);

    expect(stdout).toContain(`${sent} sent = ${counted} counted + ${account.repeats} repeats`);
    const shown = html.replaceAll(/<script type="application\/json".*?<\/script>/gs, "");
    expect(shown).toContain(`${sent} sent = ${counted} counted + ${account.repeats} repeats`);
    const seconds = (ms: number) =>
      ms < 10 ? `${ms.toFixed(1)} ms` : ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
    for (const each of [first, second, third, screen]) expect(shown).toContain(seconds(each.p99!));
    // The command, which is shown, names the API's address; nothing else may name any.
    expect(shown.replace(/<pre>.*?<\/pre>/s, "")).not.toMatch(
      /(?:src|href)=["']|url\(|@import|fetch\(|import\(|https?:\/\//,
    );
    expect(shown).toContain("default-src 'none'");
    const embedded = /<script type="application\/json" id="result">(.*?)<\/script>/s.exec(html)![1]!;
    expect(JSON.parse(embedded)).toEqual(result);
  });

  it("accounts for every message of a hostile run over HTTP, and compares it with an earlier one", async () => {
    const { status, result, stdout } = await loadTest([
      ...["--via", "http", "--scenario", "hostile", "--rate", "300", "--duration", "2", "--no-audit"],
      ...["--compare", join(folder, "0.json"), ...AT_ANY_SPEED],
    ]);
    expect({ status, verdict: result.verdict, via: result.via }).toEqual({
      status: 0,
      verdict: "held",
      via: "http",
    });
    const { sent, acknowledged, failed, counted, account } = result;
    expect(sent + result.generator.dropped).toBe(675);
    expect(failed).toBe(0);
    // Most broken ones are refused, and ingest rejects the rest.
    expect(account.refused).toBeGreaterThan(5);
    expect(acknowledged + account.refused).toBe(sent);
    expect(counted + account.repeats + account.broken).toBe(acknowledged);
    expect(result.latency_ms.screen.p99).toBeGreaterThan(0);
    expect(stdout).toContain("against the earlier run");
  });

  it("shows seconds from the intended time while ingest stands still, and ends with 99 where a threshold is missed", async () => {
    const run = await startLoadTest(["--rate", "200", "--threshold", "max.stored<1500", ...AT_ANY_SPEED]);
    await whileStoring(async () => {
      ingest.signal("SIGSTOP");
      await pause(2_500);
      ingest.signal("SIGCONT");
      run.service.signal("SIGINT");
    });
    const { status, result, html } = await run.end();
    expect({ status, verdict: result.verdict }).toEqual({ status: 99, verdict: "missed" });
    expect(result.latency_ms.stored.max).toBeGreaterThan(1_500);
    expect(result.latency_ms.screen.max).toBeGreaterThan(1_500);
    expect(result.lag.max).toBeGreaterThan(200);
    expect(result).toMatchObject({ missing: 0, doubled: 0, drained: true });
    expect(html).toContain("Did not hold");
  });

  it("proves nothing where its generator stood still, and ends with 3", async () => {
    const run = await startLoadTest(["--rate", "200"]);
    await whileStoring(async () => {
      const [generator] = childrenSaying(run.service.pid, "generator/main.");
      process.kill(generator!, "SIGSTOP");
      await pause(1_500);
      const before = await pipeline.storedRows();
      process.kill(generator!, "SIGCONT");
      // More than it is behind by: what was late has left.
      await until(() => pipeline.storedRows(), { timeoutMs: 90_000, is: (rows) => rows > before + 400 });
      run.service.signal("SIGINT");
    });
    const { status, result, html } = await run.end();
    expect({ status, verdict: result.verdict }).toEqual({ status: 3, verdict: "invalid" });
    expect(result.generator.late_ms_p99).toBeGreaterThan(50);
    // Late or dropped, all that was acknowledged is counted.
    expect(result).toMatchObject({ missing: 0, doubled: 0 });
    expect(html).toContain("Proves nothing");
    expect(html).toContain("not judged");
  });

  it("ends early on Ctrl-C, with the report and the account of what was", async () => {
    const run = await startLoadTest(["--rate", "100", ...AT_ANY_SPEED]);
    await whileStoring(async () => run.service.signal("SIGINT"));
    const { status, result } = await run.end();
    expect(status, run.service.logs.join("\n")).toBe(0);
    expect(result).toMatchObject({ interrupted: true, verdict: "held", failed: 0, missing: 0, doubled: 0 });
    expect(result.acknowledged).toBeGreaterThan(0);
    expect(result.acknowledged).toBe(result.sent);
    expect(result.counted).toBe(result.acknowledged);
  });

  it("names an event that is lost, and ends with 1", async () => {
    let lost = "";
    const losing = whileStoring(async () => {
      const rows = await pipeline.query(
        "delete from engagements where event_id = (select event_id from engagements order by engaged_timestamp desc limit 1) returning event_id",
      );
      lost = rows[0].event_id;
    });
    const [{ status, result, stdout }] = await Promise.all([
      loadTest(["--rate", "150", "--duration", "3", ...AT_ANY_SPEED]),
      losing,
    ]);
    expect({ status, verdict: result.verdict }).toEqual({ status: 1, verdict: "wrong" });
    expect(result).toMatchObject({ missing: 1, doubled: 0, counted: result.acknowledged - 1 });
    expect(result.account.missing_ids).toEqual([lost]);
    expect(result.account.audit?.exact).toBe(false);
    expect(stdout).toContain(lost);
  });

  // The last two leave events behind that are stored later: they would be taken for those of a run after them.
  it("ends in one line where its dashboards die", async () => {
    const run = await startLoadTest(["--rate", "100"]);
    await whileStoring(async () => {
      const [dashboards] = childrenSaying(run.service.pid, "dashboards/main.");
      process.kill(dashboards!, "SIGKILL");
    });
    expect((await run.service.exited).code).toBe(1);
    await until(() => run.service.logs.at(-1) === "dashboards/main.ts ended with SIGKILL");
    await run.service.kill9();
  });

  it("ends the drain on Ctrl-C, and says that the account was not taken", async () => {
    ingest.signal("SIGSTOP");
    const run = await startLoadTest(["--rate", "100", "--duration", "1", "--drain", "600", ...AT_ANY_SPEED]);
    await until(() => run.service.logs.some((line) => line.includes("draining")));
    run.service.signal("SIGINT");
    const { status, result } = await run.end();
    ingest.signal("SIGCONT");
    expect({ status, verdict: result.verdict }).toEqual({ status: 99, verdict: "missed" });
    expect(result).toMatchObject({ interrupted: true, drained: false, counted: 0 });
    expect(result.acknowledged).toBeGreaterThan(0);
    expect(result.account.not_done).toEqual(["ended by Ctrl-C"]);
    expect(result.latency_ms.acknowledged.p99).toBeGreaterThan(0);
    const told = "The account was not taken: ended by Ctrl-C.";
    await until(() => run.service.logs.some((line) => line.includes(told)));
  });

  it.each([
    [["--rate", "0"], "--rate"],
    [[], "--rate"],
    [["--rate", "5", "--via", "smoke"], "--via"],
    [["--rate", "5", "--threshold", "p99.screen"], "--threshold"],
    [["--rate", "5", "--dashboards", "2"], "--url"],
    [["--scenario", "spike", "--duration", "0.5"], "--duration"],
    [["--rate", "5", "--topic", "no topic"], "--topic"],
    [["--rate", "5", "--topic", "other", "--via", "http"], "--topic"],
    [["--find-max", "--threshold", "failed<5"], "--threshold"],
    [["--scenario", "calm", "--dashboards", "0"], "calm"],
    [["--rate", "5", "--compare", "/nonexistent.json"], "--compare"],
  ])("ends %j with one line that names %s", async (args, name) => {
    const { status, stdout, stderr } = await runToEnd(LOAD_TEST, args, environment());
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr.trim().split("\n")).toEqual([expect.stringContaining(name)]);
  });
});
