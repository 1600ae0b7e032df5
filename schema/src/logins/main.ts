import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  ConfigError,
  createPool,
  readEnv,
  runCommand,
  secret,
  takeNoArguments,
  variables,
} from "@pulseboard/runtime";
import pg from "pg";
import { z } from "zod";
import { ensureLogins, LOGINS, type Service } from "./logins.ts";

const HELP = `The database logins of ingest and API, at the DATABASE_URL of a user who may create roles. Safe to run again.
LOGINS_FOLDER           each service's password is kept in SERVICE/password below it, made when there is none
INGEST_DATABASE_PASSWORD, API_DATABASE_PASSWORD   passwords to keep instead`;

const password = z.string().max(200).optional();
const SHAPE = {
  DATABASE_URL: variables.databaseUrl,
  LOGINS_FOLDER: z.string("expected a folder"),
  INGEST_DATABASE_PASSWORD: password,
  API_DATABASE_PASSWORD: password,
};

/** The password that the service's file holds from now on. */
async function passwordOf(folder: string, given: string | undefined): Promise<string> {
  await mkdir(folder, { recursive: true });
  if (given !== undefined) await writeFile(join(folder, "password"), `${given}\n`, { mode: 0o600 });
  return secret(folder, "password");
}

await runCommand(async () => {
  takeNoArguments(HELP);
  const read = readEnv(SHAPE);
  const owners = new pg.Client({ connectionString: read.DATABASE_URL }).password;
  const given = { ingest: read.INGEST_DATABASE_PASSWORD, api: read.API_DATABASE_PASSWORD };
  for (const [service, one] of Object.entries(given))
    if (one !== undefined && one === owners)
      throw new ConfigError(
        `${service.toUpperCase()}_DATABASE_PASSWORD: expected another password than the owner's; leave it out for one that is made`,
      );
  const passwords = {} as Record<Service, string>;
  for (const service of Object.keys(LOGINS) as Service[])
    passwords[service] = await passwordOf(join(read.LOGINS_FOLDER, service), given[service]);
  const pool = createPool({ databaseUrl: read.DATABASE_URL, applicationName: "pulseboard-logins", max: 1 });
  try {
    await ensureLogins(pool, passwords);
  } finally {
    await pool.end();
  }
});
