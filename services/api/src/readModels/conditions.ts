import type { Condition } from "@pulseboard/contract";
import type pg from "pg";

/** A process renews its rows every few seconds; one that does not has ended. */
const BELIEVED = "20 s";

/** One row a condition, of whichever processes; it blocks when any of them says so. */
const READ_CONDITIONS = `
  select condition, bool_or(blocks) as blocks, min(since) as since,
         (array_agg(detail order by blocks desc, since))[1] as detail
  from conditions
  where renewed_at between clock_timestamp() - interval '${BELIEVED}' and clock_timestamp() + interval '${BELIEVED}'
  group by condition
  order by blocks desc, condition`;

/** What ingest says is wrong now, the blocking ones first. */
export async function readConditions(client: Pick<pg.ClientBase, "query">): Promise<Condition[]> {
  const { rows } = await client.query<Omit<Condition, "since"> & { since: Date }>({
    name: "conditions",
    text: READ_CONDITIONS,
  });
  return rows.map(({ condition, detail, since, blocks }) => ({
    condition,
    detail,
    since: since.toISOString(),
    blocks,
  }));
}
