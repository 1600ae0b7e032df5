import { readFileSync } from "node:fs";
import type pg from "pg";

const FOLDER = new URL("../../../../sql/", import.meta.url);
/** psql's `:'name'`, which is not part of a cast. */
const PARAMETER = /(?<!:):'([a-z_]+)'/g;

export type SqlValue = string | number | null;

export interface SqlFile {
  /** With $1, $2, ... for the parameters. */
  text: string;
  /** The parameters' names, $1 first. */
  parameters: readonly string[];
}

/** Turns a file of psql into a query with bound parameters: comments and psql's own commands go, names become $n. */
export function parseSql(source: string): SqlFile {
  const parameters: string[] = [];
  const text = source
    .split("\n")
    .filter((line) => !/^\s*(--|\\)/.test(line))
    .join("\n")
    .replace(PARAMETER, (_, name: string) => {
      const known = parameters.indexOf(name);
      return `$${known >= 0 ? known + 1 : parameters.push(name)}`;
    })
    .trim()
    .replace(/;$/, "");
  return { text, parameters };
}

/**
 * The question in `sql/<name>.sql`, read once. Values are bound, never pasted.
 * @returns a function that runs it; every parameter of the file has to be given, null stands for psql's ''.
 */
export function sqlFile<Row extends pg.QueryResultRow>(name: string) {
  const { text, parameters } = parseSql(readFileSync(new URL(`${name}.sql`, FOLDER), "utf8"));
  return async (client: pg.ClientBase, values: Record<string, SqlValue | undefined>): Promise<Row[]> => {
    const bound = parameters.map((parameter) => {
      if (!(parameter in values)) throw new Error(`sql/${name}.sql needs ${parameter}`);
      return values[parameter] ?? null;
    });
    // Named, so that a connection parses it once.
    return (await client.query<Row>({ name: `sql/${name}`, text, values: bound })).rows;
  };
}
