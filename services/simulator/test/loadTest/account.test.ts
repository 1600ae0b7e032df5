import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createPool } from "@pulseboard/runtime";
import { beforeAll, describe, expect, it } from "vitest";
import { createTestFolder } from "../../../../test/support/folder.ts";
import { runAudit } from "../../src/loadTest/account/audit.ts";
import { closeAccount } from "../../src/loadTest/account/closing.ts";
import { STATE } from "../../src/loadTest/generator/protocol.ts";
import { createLoad, steadyScenario } from "../../src/loadTest/load.ts";
import { prepareReportFiles } from "../../src/loadTest/reportFiles.ts";
import { atRate, lasting, readScenario, type Scenario } from "../../src/scenario/scenario.ts";
import { catalogueOf } from "../catalogueOf.ts";

/** Nothing listens there. */
const AWAY = "postgresql://nobody@127.0.0.1:1/nothing";
const never = new AbortController().signal;

let folder: string;
beforeAll(async () => {
  folder = await createTestFolder();
});

describe("the account of a run", () => {
  it("keeps what is known, and says why, where the database is away", async () => {
    const load = createLoad({
      scenario: steadyScenario(100, 1),
      catalogue: catalogueOf({
        ids: Int32Array.of(1, 2, 3),
        userIds: Int32Array.of(4),
        categories: ["Tech"],
      }),
      seed: 1,
      warmUpMs: 0,
    });
    const pool = createPool({ databaseUrl: AWAY, applicationName: "test", max: 1 });
    const sums = { passed: 0, stored: 0, rejected: 0, duplicates: 0, skipped: 0, gaps: 0 };
    const { account, audit, partitions, bytes, notDone } = await closeAccount({
      pool,
      databaseUrl: AWAY,
      topic: "engagements",
      sumsBefore: sums,
      load,
      states: Uint8Array.of(STATE.acknowledged, STATE.acknowledged, STATE.failed),
      startedAtEpochMs: 0,
      warmUpMs: 0,
      signal: never,
      withAudit: true,
      onAudit: () => {},
    });
    await pool.end();
    expect(account).toMatchObject({ meant: 3, answered: 2, counted: 0, missing: 0 });
    expect({ partitions, bytes }).toEqual({ partitions: null, bytes: null });
    expect(notDone).toEqual([expect.stringContaining("ECONNREFUSED")]);
    expect(audit).toMatchObject({ exact: undefined, why: expect.stringContaining("ECONNREFUSED") });
  });

  /** A program in the place of the audit's. */
  function program(name: string, code: string): string {
    const file = join(folder, name);
    writeFileSync(file, code);
    return file;
  }

  it("an audit that a signal ends was not done, and a terminal's Ctrl-C does not reach it", async () => {
    const dying = program("dying.mjs", 'process.kill(process.pid, "SIGINT"); setInterval(() => {}, 1_000);');
    expect(await runAudit(AWAY, never, dying)).toMatchObject({ exact: undefined, why: "ended by SIGINT" });

    const grouped = program(
      "grouped.mjs",
      `import { readFileSync } from "node:fs";
       const stat = readFileSync("/proc/self/stat", "latin1");
       const group = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]);
       console.log(JSON.stringify({ exact: group === process.pid, checks: [] }));`,
    );
    expect(await runAudit(AWAY, never, grouped)).toMatchObject({ exact: true });
  });

  it("ends the audit where it is told to", async () => {
    const started = join(folder, "started");
    const endless = program(
      "endless.mjs",
      `import { writeFileSync } from "node:fs";
       writeFileSync(${JSON.stringify(started)}, String(process.pid));
       setInterval(() => {}, 1_000);`,
    );
    const stopping = new AbortController();
    const outcome = runAudit(AWAY, stopping.signal, endless);
    await expect.poll(() => existsSync(started) && readFileSync(started, "utf8")).toMatch(/^\d+$/);
    stopping.abort();
    expect(await outcome).toMatchObject({ exact: undefined, why: "ended by Ctrl-C" });
    expect(() => process.kill(Number(readFileSync(started, "utf8")), 0)).toThrow("ESRCH");
  });
});

describe("a load", () => {
  const loadOf = (scenario: Scenario, warmUpMs = 0) =>
    createLoad({ scenario, catalogue: catalogueOf({ posts: 3 }), seed: 1, warmUpMs });

  it("is refused where it is more than a run can account for", () => {
    const day = 86_400;
    expect(() => loadOf(steadyScenario(100_000, day))).toThrow(
      "expected at most 500,000,000 events in a run, got 8,640,000,000",
    );
    expect(loadOf(steadyScenario(5_000, day)).durationMs).toBe(day * 1_000);
  });

  it.each(["ramp", "spike", "breaking-news"])("of %s has about as many events as are expected", (name) => {
    const { createPlan } = loadOf(lasting(atRate(readScenario(name), 1_000), 30), 5_000);
    const plan = createPlan();
    let events = 0;
    while (plan.next()) events++;
    expect(events / plan.expected).toBeCloseTo(1, 1);
  });
});

describe("the files of a report", () => {
  it("are found to be writable before the run, and nothing is left in their place", async () => {
    const json = join(folder, "new", "run.json");
    const html = join(folder, "new", "run.html");
    expect(await prepareReportFiles({ json })).toEqual({ json, html });
    expect([existsSync(json), existsSync(html)]).toEqual([false, false]);

    writeFileSync(json, "earlier");
    await prepareReportFiles({ json });
    expect(readFileSync(json, "utf8")).toBe("earlier");

    mkdirSync(html);
    await expect(prepareReportFiles({ json })).rejects.toThrow(/^--html: expected a file.*EISDIR/);
    await expect(prepareReportFiles({ json: join(json, "below.json") })).rejects.toThrow(/^--json: /);
    await expect(prepareReportFiles({ json, html: json })).rejects.toThrow("--html: expected another file");
  });
});
