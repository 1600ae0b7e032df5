import pg from "pg";

/** The logins of the services, each a member of the group that the migrations grant to: docs/security.md. */
export const LOGINS = {
  ingest: { name: "pulseboard_ingest_login", group: "pulseboard_writer" },
  api: { name: "pulseboard_api_login", group: "pulseboard_api" },
} as const;
export type Service = keyof typeof LOGINS;

/**
 * Makes the groups and logins that are missing, and gives each login its password. Safe to run again.
 * @param database a connection of a user who may create roles
 */
export async function ensureLogins(
  database: Pick<pg.Pool, "query">,
  passwords: Record<Service, string>,
): Promise<void> {
  const ensureRole = async (name: string) => {
    const { rowCount } = await database.query("select from pg_roles where rolname = $1", [name]);
    if (!rowCount) await database.query(`create role ${name}`);
  };
  for (const [service, { name, group }] of Object.entries(LOGINS)) {
    await ensureRole(group);
    await ensureRole(name);
    const password = pg.escapeLiteral(passwords[service as Service]);
    await database.query(`alter role ${name} login password ${password}`);
    await database.query(`grant ${group} to ${name}`);
  }
}
