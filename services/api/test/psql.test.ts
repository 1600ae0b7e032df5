import { execFile, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parse } from "csv-parse/sync";
import { beforeAll, describe, expect, test } from "vitest";
import { createFixture, DAY_MS, type Fixture } from "../../ingest/test/foldFixture.ts";
import { parseSql, sqlFile } from "../src/readModels/sqlFile.ts";
import { fillPerformance, spreadEvents } from "./rawPerformance.ts";

const run = promisify(execFile);
const FOLDER = fileURLToPath(new URL("../../../sql/", import.meta.url));
const hasPsql = spawnSync("psql", ["--version"]).status === 0;
if (!hasPsql) console.warn("sql/ is not run by psql: there is none here");

/** What psql prints, as the API has it: JSON parsed, a number as one. */
function read(printed: string, like: unknown): unknown {
  if (typeof like === "boolean") return printed === "t";
  if (typeof like === "number") return Number(printed);
  return typeof like === "object" && like !== null ? JSON.parse(printed) : printed;
}

/** Values other than the files' defaults. */
const OTHERS: Record<string, string> = {
  post_id: "3",
  period: "all",
  author_id: "2",
  tz: "Asia/Kathmandu",
  category: "Food",
  day_of_week: "2",
  window: "24h",
  limit: "3",
  metric: "posts",
  post_ids: "{3,1}",
  author_ids: "{2,1}",
};

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture();
  await fillPerformance(fixture);
  await fixture.write(spreadEvents(fixture, 2_000, 20 * DAY_MS, 0));
  await fixture.write(spreadEvents(fixture, 300, DAY_MS / 24, 1));
  await fixture.fold.foldNow();
});

describe.runIf(hasPsql).each(readdirSync(FOLDER).filter((name) => name.endsWith(".sql")))(
  "psql -f sql/%s",
  (file) => {
    const name = file.replace(".sql", "");
    const { parameters } = parseSql(readFileSync(`${FOLDER}${file}`, "utf8"));

    /** Rows as texts, the way psql prints them. */
    async function byPsql(settings: Record<string, string>): Promise<Record<string, string>[]> {
      const variables = Object.entries(settings).flatMap(([key, value]) => ["-v", `${key}=${value}`]);
      const args = [
        "-X",
        "-q",
        "--csv",
        "-v",
        "ON_ERROR_STOP=1",
        ...variables,
        "-f",
        FOLDER + file,
        fixture.url,
      ];
      const { stdout } = await run("psql", args, { env: { ...process.env, PGTZ: "UTC" } });
      return parse(stdout, { columns: true });
    }

    async function byApi(values: Record<string, string | null>): Promise<Record<string, unknown>[]> {
      const client = await fixture.pool.connect();
      try {
        return await sqlFile(name)(client, values);
      } finally {
        client.release();
      }
    }

    test("gives what the API's question gives, as it stands and with -v", async () => {
      const settings = Object.fromEntries(parameters.map((parameter) => [parameter, OTHERS[parameter]!]));
      expect(Object.values(settings)).not.toContain(undefined);
      const printed = await byPsql(settings);
      const asked = await byApi(settings);
      expect(Object.keys(printed[0] ?? {})).toEqual(Object.keys(asked[0] ?? {}));
      expect(printed.length).toBe(asked.length);
      const moving = [
        "freshness_ms",
        "as_of",
        "events_per_second",
        "daily",
        "last_24h_by_hour",
        "last_30_days",
      ];
      for (const [index, row] of asked.entries())
        for (const [column, value] of Object.entries(row))
          if (!moving.includes(column))
            expect([column, read(printed[index]![column]!, value)]).toEqual([column, value ?? ""]);
      const asItStands = await byPsql({});
      expect(asItStands.length).toBeGreaterThan(0);
    });
  },
);
