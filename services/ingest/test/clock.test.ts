import { createPool } from "@pulseboard/runtime";
import { describe, expect, it } from "vitest";
import { runToEnd } from "../../../test/support/command.ts";
import { createTestDatabase } from "../../../test/support/database.ts";
import { onTeardown } from "../../../test/support/teardown.ts";
import { accept, readCommand, show } from "../src/clock/commands.ts";
import { DatabaseClock } from "../src/clock/databaseClock.ts";
import { differenceOf, inWords, lengthOf, standingOf } from "../src/clock/difference.ts";
import { stepClock } from "./steppedClock.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe("the difference of two clocks", () => {
  it("is told from 30 s on, and a disagreement over 5 minutes, both ways", () => {
    const of = (ms: number) => standingOf({ low: ms, high: ms }, null);
    for (const sign of [1, -1]) {
      expect(of(sign * 30_000)).toBe("agree");
      expect(of(sign * 30_001)).toBe("apart");
      expect(of(sign * 300_000)).toBe("apart");
      expect(of(sign * 300_001)).toBe("disagree");
    }
  });

  it("is never false by a slow answer, nor by a host's clock that is set meanwhile", () => {
    expect(standingOf(differenceOf(0, 600_000, 1_200_000), null)).toBe("agree"); // answered in 20 minutes
    expect(standingOf(differenceOf(0, 5, HOUR_MS), null)).toBe("agree");
    expect(standingOf(differenceOf(HOUR_MS, HOUR_MS + 5, 10), null)).toBe("agree");
    expect(standingOf(differenceOf(0, HOUR_MS, 600_000), null)).toBe("disagree"); // at least 50 minutes
  });

  it("that an operator has accepted holds for 5 minutes more or less, and for no other", () => {
    const of = (ms: number) => standingOf({ low: ms, high: ms }, HOUR_MS);
    expect(of(HOUR_MS - 5 * MINUTE_MS)).toBe("accepted");
    expect(of(HOUR_MS + 5 * MINUTE_MS)).toBe("accepted");
    expect(of(HOUR_MS + 5 * MINUTE_MS + 1)).toBe("disagree");
    expect(of(-HOUR_MS)).toBe("disagree");
    expect(of(0)).toBe("agree");
  });

  it("is said in two units", () => {
    expect([0, 45_000, 2 * HOUR_MS, 100 * 24 * HOUR_MS, 3_723_000].map(lengthOf)).toEqual([
      ...["0 s", "45 s", "2 h", "100 d", "1 h 2 min"],
    ]);
    expect(inWords({ low: -45_000, high: -45_000 })).toBe("the database's clock is 45 s behind this host's");
  });
});

async function openDatabase() {
  const { url } = await createTestDatabase();
  const pool = createPool({ databaseUrl: url, applicationName: "clock-test", max: 2 });
  onTeardown(() => pool.end());
  return { url, pool };
}

describe("the later clock", () => {
  it("is the database's for a slow host, the host's for a fast one, and stands when the host is set back", async () => {
    const { pool } = await openDatabase();
    let offset = -HOUR_MS;
    const clock = new DatabaseClock(pool, () => Date.now() + offset);
    await clock.read();
    expect(Math.abs(clock.later() - Date.now())).toBeLessThan(5_000);
    offset = -10 * HOUR_MS;
    expect(Math.abs(clock.later() - Date.now())).toBeLessThan(5_000);
    offset = HOUR_MS;
    expect(Math.abs(clock.later() - Date.now() - HOUR_MS)).toBeLessThan(5_000);
  });
});

describe("npm run clock", () => {
  it("shows both clocks and accepts what ingest has found, unless its hosts differ from one another", async () => {
    const { pool } = await openDatabase();
    expect((await show(pool)).join("\n")).toMatch(
      /^database .*\nthis host .*the two agree\nwindows end .*\nno ingest .*\nno difference is accepted$/,
    );
    expect(await accept(pool)).toEqual(["the clocks agree: there is nothing to accept"]);

    const found = (source: string, ms: number) =>
      pool.query(
        `insert into clock_readings values ($1, $2, 3) on conflict (source) do update set difference_ms = $2`,
        [source, ms],
      );
    await found("a:1", -2 * HOUR_MS);
    await found("b:1", HOUR_MS);
    await expect(accept(pool)).rejects.toThrow(
      "ingest's hosts differ from one another by 3 h (a:1, b:1): expected one difference from the database; set their clocks first",
    );
    await found("b:1", -2 * HOUR_MS + 10_000);
    expect((await accept(pool))[0]).toMatch(
      /^accepted: the database's clock is 1 h 59 min behind ingest's\. .*5 minutes more or less\.$/,
    );
    expect((await show(pool)).filter((line) => line.startsWith("accepted"))).toHaveLength(3);
    // A process that has ended is not asked.
    await pool.query("update clock_readings set read_at = read_at - interval '1 minute'");
    expect(await accept(pool)).toEqual(["the clocks agree: there is nothing to accept"]);
  });

  it("accepts what this host finds when no ingest runs", async () => {
    const { pool, url } = await openDatabase();
    await stepClock(pool, 7_200);
    const stepped = createPool({ databaseUrl: url, applicationName: "clock-test", max: 1 });
    onTeardown(() => stepped.end());
    expect((await accept(stepped))[0]).toMatch(/^accepted: the database's clock is 2 h ahead of ingest's\./);
    expect((await stepped.query("select difference_ms from accepted_clock_difference")).rowCount).toBe(1);
  });

  it("has --help, and one line for a wrong argument", async () => {
    expect(readCommand(["--help"])).toBeUndefined();
    expect(() => readCommand([])).toThrow("expected show or accept; see --help");
    expect(() => readCommand(["set"])).toThrow('expected show or accept, not "set"; see --help');
    expect(() => readCommand(["accept", "1h"])).toThrow('unknown argument "1h"; see --help');
    expect(() => readCommand(["--now"])).toThrow(/^Unknown option '--now'.*see --help$/);
    const help = await runToEnd("services/ingest/src/clock/main.ts", ["--help"]);
    expect(help).toMatchObject({ status: 0, stdout: expect.stringContaining("show|accept") });
    const wrong = await runToEnd("services/ingest/src/clock/main.ts", ["set"]);
    expect(wrong).toMatchObject({ status: 1, stderr: 'expected show or accept, not "set"; see --help\n' });
  });
});
