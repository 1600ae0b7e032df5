import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import { onTeardown } from "./teardown.ts";

async function onServer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject("testDatabase").serverUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** A login that is a member of `group`, or of none: its URL of the database at `url`. Ends with the test. */
export async function createLogin(url: string, group?: string): Promise<string> {
  const name = `pulseboard_test_login_${randomBytes(6).toString("hex")}`;
  const password = randomBytes(16).toString("hex");
  await onServer(`create role ${name} login password '${password}' ${group ? `in role ${group}` : ""}`);
  onTeardown(() => onServer(`drop role ${name}`));
  return Object.assign(new URL(url), { username: name, password }).href;
}
