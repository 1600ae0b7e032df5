import { createPool } from "@pulseboard/runtime";
import { expect, it } from "vitest";
import { createLogin } from "../../../test/support/login.ts";
import { onTeardown } from "../../../test/support/teardown.ts";
import { readConfig } from "../src/config.ts";
import { groupOfDatabase } from "../src/consume/group.ts";
import { createWriteDatabase } from "./writeFixture.ts";

it("each database of a server has a group, which the writers' role reads too", async () => {
  const [one, two] = [await createWriteDatabase(), await createWriteDatabase()];
  const group = await groupOfDatabase(one.pool, "t");
  expect(group).toMatch(/^pulseboard-ingest-t-\d{8}$/);
  expect(await groupOfDatabase(one.pool, "t")).toBe(group);
  expect(await groupOfDatabase(two.pool, "t")).not.toBe(group);

  const login = await createLogin(one.url, "pulseboard_writer");
  const pool = createPool({ databaseUrl: login, applicationName: "group-test", max: 1 });
  onTeardown(() => pool.end());
  expect(await groupOfDatabase(pool, "t")).toBe(group);

  // Where the provider keeps the function to itself, by when the schema was made.
  await one.pool.query("revoke execute on function pg_control_system() from public");
  const bySchema = await groupOfDatabase(pool, "t");
  expect(bySchema).toMatch(/^pulseboard-ingest-t-\d{8}$/);
  expect(bySchema).not.toBe(group);
  expect(await groupOfDatabase(pool, "t")).toBe(bySchema);
});

it("CONSUMER_GROUP is taken as it is, and refused in one line where it is none", () => {
  const env = { DATABASE_URL: "postgresql://h/d", KAFKA_BROKERS: "h:1" };
  expect(readConfig({ ...env, CONSUMER_GROUP: "staging:pulse/1" }).CONSUMER_GROUP).toBe("staging:pulse/1");
  expect(readConfig({ ...env, CONSUMER_GROUP: "" }).CONSUMER_GROUP).toBeUndefined();
  expect(() => readConfig({ ...env, CONSUMER_GROUP: "a b" })).toThrow(/^CONSUMER_GROUP: expected a consumer/);
});
