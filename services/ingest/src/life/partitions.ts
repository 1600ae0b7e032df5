import type { ClientBase } from "pg";

/** The months that have a partition, oldest first, as monthOf() counts them. */
export async function storedMonths(client: ClientBase): Promise<number[]> {
  const { rows } = await client.query<{ year: string; month: string }>(
    `select name[1] as year, name[2] as month
     from pg_inherits
     join pg_class on oid = inhrelid,
     regexp_match(relname, '^engagements_(\\d{4})_(\\d{2})$') name
     where inhparent = 'engagements'::regclass and name is not null
     order by relname`,
  );
  return rows.map(({ year, month }) => Number(year) * 12 + Number(month) - 1);
}
