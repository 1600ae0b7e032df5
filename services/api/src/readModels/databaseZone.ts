import { zoneNames } from "@pulseboard/contract";
import { sqlState } from "@pulseboard/runtime";
import type pg from "pg";

/** A zone that this program knows, and the database does not, by none of its names. */
export class UnknownZone extends Error {
  override name = "UnknownZone";
}

/** Reads the names of the zones that a database knows. */
export type ReadNames = (client: pg.ClientBase) => Promise<string[]>;

/** A tenth of a second: PostgreSQL reads the file of each zone. */
const readNames: ReadNames = async (client) => {
  const { rows } = await client.query<{ name: string }>("select name from pg_timezone_names");
  return rows.map(({ name }) => name);
};

/** SQLSTATE of a zone that is none; its words are in the server's language. */
const INVALID_PARAMETER_VALUE = "22023";
/** A server that is replaced may know others. */
const KEPT_MS = 10 * 60_000;

export interface DatabaseZones {
  /**
   * Runs a query of a zone, under the first of its names that the database knows: IANA's own name, else a link. Systems
   * differ in which of them they install.
   * @throws UnknownZone
   */
  inZone<T>(client: pg.ClientBase, zone: string, query: (name: string) => Promise<T>): Promise<T>;
}

/** The zones of one database, whose list is read at first need and kept. */
export function createDatabaseZones(read: ReadNames = readNames): DatabaseZones {
  let known: { at: number; names: ReadonlySet<string> } | undefined;

  async function nameOf(client: pg.ClientBase, zone: string): Promise<string> {
    if (!known || performance.now() - known.at > KEPT_MS)
      known = { at: performance.now(), names: new Set(await read(client)) };
    const { names } = known;
    const name = zoneNames(zone)?.find((one) => names.has(one));
    if (name === undefined) throw new UnknownZone(zone);
    return name;
  }

  return {
    async inZone(client, zone, query) {
      try {
        return await query(await nameOf(client, zone));
      } catch (error) {
        if (sqlState(error) !== INVALID_PARAMETER_VALUE) throw error;
        known = undefined;
        throw new UnknownZone(zone, { cause: error });
      }
    },
  };
}
