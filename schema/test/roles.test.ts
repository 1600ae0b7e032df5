import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { readEnv, variables } from "@pulseboard/runtime";
import { beforeAll, expect, test } from "vitest";
import { type PostgresServer, startPostgres } from "../../launcher/src/postgres/index.ts";
import { runToEnd } from "../../test/support/command.ts";
import { createTestFolder } from "../../test/support/folder.ts";
import { query } from "../../test/support/query.ts";
import { onTeardown } from "../../test/support/teardown.ts";
import { LOGINS, migrate } from "../src/index.ts";

/** Roles belong to a server, so it is one of its own. */
let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres({ dataDir: await createTestFolder(), settings: { shared_buffers: "16MB" } });
  onTeardown(() => server.stop());
});

/** A database of the same name that belongs to a new login. @returns the owner's URL */
async function databaseOf(owner: string, attributes = ""): Promise<string> {
  await query(server.url("postgres"), `create role ${owner} login password 'secret' ${attributes}`);
  await query(server.url("postgres"), `create database ${owner} owner ${owner}`);
  return Object.assign(new URL(server.url(owner)), { username: owner, password: "secret" }).href;
}

const ownerOfEngagements = async (url: string) =>
  (
    await query<{ owner: string }>(
      url,
      "select relowner::regrole::text as owner from pg_class where relname = 'engagements'",
    )
  )[0]!.owner;

async function dropRoles(): Promise<void> {
  const databases = await query<{ name: string }>(
    server.url("postgres"),
    "select datname as name from pg_database where not datistemplate and datname <> 'postgres'",
  );
  for (const { name } of databases)
    await query(
      server.url(name),
      `do $$ begin
         if to_regrole('pulseboard_writer') is not null then
           execute 'reassign owned by pulseboard_writer to ${name}';
           execute 'drop owned by pulseboard_api, pulseboard_writer';
         end if;
       end $$`,
    );
  await query(server.url("postgres"), "drop role if exists pulseboard_api, pulseboard_writer");
}

test("a user who may not create roles migrates without them, is told so, and takes them up when they are there", async () => {
  await dropRoles();
  const url = await databaseOf("plain");
  const warnings: string[] = [];
  expect(await migrate(url, (line) => warnings.push(line))).toContain("0009_keys_and_roles.sql");
  expect(warnings).toEqual([
    "the role pulseboard_api was not made: plain may not create roles, see docs/security.md",
    "the role pulseboard_writer was not made: plain may not create roles, see docs/security.md",
  ]);
  expect(await ownerOfEngagements(url)).toBe("plain");

  await query(
    server.url("postgres"),
    "create role pulseboard_api; create role pulseboard_writer; grant pulseboard_writer to plain",
  );
  await query(url, "call grant_to_roles()");
  expect(await ownerOfEngagements(url)).toBe("pulseboard_writer");
  expect(await query(url, "select has_table_privilege('pulseboard_api', 'stats', 'select') as may")).toEqual([
    { may: true },
  ]);
});

test("roles that are there, of which the user is no member, get all but engagements, and it is told so", async () => {
  const url = await databaseOf("stranger");
  const warnings: string[] = [];
  await migrate(url, (line) => warnings.push(line));
  expect(warnings).toEqual([
    "engagements stays with its owner: stranger is no member of pulseboard_writer, see docs/security.md",
  ]);
  expect(await ownerOfEngagements(url)).toBe("stranger");
});

test("a user who may create roles makes them, from several databases at once", async () => {
  await dropRoles();
  const urls = await Promise.all(
    ["maker_one", "maker_two", "maker_three"].map((name) => databaseOf(name, "superuser")),
  );
  await Promise.all(urls.map((url) => migrate(url)));
  for (const url of urls) expect(await ownerOfEngagements(url)).toBe("pulseboard_writer");

  await dropRoles();
  const url = await databaseOf("maker", "createrole");
  const warnings: string[] = [];
  await migrate(url, (line) => warnings.push(line));
  expect(warnings).toEqual([]);
  expect(await ownerOfEngagements(url)).toBe("pulseboard_writer");
  // And what a later migration makes is covered, too.
  await query(url, "create table later (n integer)");
  expect(
    await query(
      url,
      `select has_table_privilege('pulseboard_api', 'later', 'select') as reads,
              has_table_privilege('pulseboard_api', 'later', 'insert') as api_writes,
              has_table_privilege('pulseboard_writer', 'later', 'insert') as writes`,
    ),
  ).toEqual([{ reads: true, api_writes: false, writes: true }]);
});

test("the services' logins get passwords of their own, made once and kept in files; the owner's is refused", async () => {
  const owner = server.url("postgres");
  const folder = await createTestFolder();
  const logins = (env: Record<string, string> = {}) =>
    runToEnd("schema/src/logins/main.ts", [], { DATABASE_URL: owner, LOGINS_FOLDER: folder, ...env });
  const password = (service: string) => readFile(join(folder, service, "password"), "utf8");
  const userOf = async (service: "ingest" | "api") => {
    const { DATABASE_URL } = readEnv(
      { DATABASE_URL: variables.databaseUrl },
      {
        DATABASE_URL: owner.replace(/\/\/[^@]*@/, `//${LOGINS[service].name}@`),
        DATABASE_PASSWORD_FILE: join(folder, service, "password"),
      },
    );
    return (await query<{ user: string }>(DATABASE_URL, "select current_user as user"))[0]!.user;
  };

  expect(await logins()).toEqual({ status: 0, stdout: "", stderr: "" });
  const made = await Promise.all([password("ingest"), password("api")]);
  expect(new Set([...made, `${decodeURIComponent(new URL(owner).password)}\n`]).size).toBe(3);
  expect((await stat(join(folder, "api", "password"))).mode & 0o777).toBe(0o600);
  expect([await userOf("ingest"), await userOf("api")]).toEqual([LOGINS.ingest.name, LOGINS.api.name]);

  const given = "it's: 100%/@?#";
  expect(await logins({ API_DATABASE_PASSWORD: given })).toMatchObject({ status: 0 });
  expect([await password("ingest"), await password("api")]).toEqual([made[0], `${given}\n`]);
  expect([await userOf("ingest"), await userOf("api")]).toEqual([LOGINS.ingest.name, LOGINS.api.name]);

  const owners = decodeURIComponent(new URL(owner).password);
  expect(await logins({ INGEST_DATABASE_PASSWORD: owners })).toEqual({
    status: 1,
    stdout: "",
    stderr:
      "INGEST_DATABASE_PASSWORD: expected another password than the owner's; leave it out for one that is made\n",
  });
});
