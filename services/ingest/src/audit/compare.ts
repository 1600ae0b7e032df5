import type { ClientBase } from "pg";

export interface Finding {
  check: string;
  /** Rows compared. */
  compared: number;
  differences: number;
  /** The first rows that differ, in words. */
  examples: string[];
}

export interface Check {
  name: string;
  run(client: ClientBase): Promise<Finding>;
}

const EXAMPLES = 5;

const words = (row: Record<string, unknown>, names: readonly string[]) =>
  names
    .map(
      (name) =>
        `${name} ${row[name] instanceof Date ? (row[name] as Date).toISOString() : String(row[name])}`,
    )
    .join(", ");

/**
 * Compares two relations row by row by their keys.
 * @param absent what a missing row counts as: zeros, or a difference
 */
export function compare(
  name: string,
  relations: {
    keys: readonly string[];
    values: readonly string[];
    expected: string;
    found: string;
    absent?: "zero" | "difference";
  },
): Check {
  const { keys, values, absent = "zero" } = relations;
  const value = (side: string, column: string) =>
    absent === "zero" ? `coalesce(${side}.${column}, 0)` : `${side}.${column}`;
  const joined = `from (${relations.expected}) e full join (${relations.found}) f using (${keys.join(", ")})`;
  const differs = values
    .map((column) => `${value("e", column)} is distinct from ${value("f", column)}`)
    .join(" or ");

  async function examples(client: ClientBase): Promise<string[]> {
    const columns = values.flatMap((column) => [
      `${value("e", column)} as expected_${column}`,
      `${value("f", column)} as found_${column}`,
    ]);
    const { rows } = await client.query<Record<string, unknown>>(
      `select ${[...keys, ...columns].join(", ")} ${joined} where ${differs} order by ${keys.join(", ")} limit ${EXAMPLES}`,
    );
    return rows.map((row) => {
      const wrong = values.filter(
        (column) => String(row[`expected_${column}`]) !== String(row[`found_${column}`]),
      );
      const parts = wrong.map(
        (column) => `${column} expected ${row[`expected_${column}`]}, found ${row[`found_${column}`]}`,
      );
      return `${words(row, keys)}: ${parts.join("; ")}`;
    });
  }

  return {
    name,
    async run(client) {
      const { rows } = await client.query<{ compared: number; differences: number }>(
        `select count(*) as compared, count(*) filter (where ${differs}) as differences ${joined}`,
      );
      const { compared, differences } = rows[0]!;
      return { check: name, compared, differences, examples: differences ? await examples(client) : [] };
    },
  };
}

/** Looks for rows that must not exist, out of those that `compared` counts. */
export function none(
  name: string,
  relations: { compared: string; violations: string | ((client: ClientBase) => Promise<string>) },
): Check {
  return {
    name,
    async run(client) {
      const { violations } = relations;
      const relation = typeof violations === "string" ? violations : await violations(client);
      const { rows: counts } = await client.query<{ compared: number }>(
        `select (${relations.compared}) as compared`,
      );
      const { rows } = await client.query<Record<string, unknown>>(
        `select *, count(*) over () as violations from (${relation}) v order by 1, 2 limit ${EXAMPLES}`,
      );
      return {
        check: name,
        compared: counts[0]!.compared,
        differences: Number(rows[0]?.violations ?? 0),
        examples: rows.map(({ violations: _, ...row }) => words(row, Object.keys(row))),
      };
    },
  };
}
