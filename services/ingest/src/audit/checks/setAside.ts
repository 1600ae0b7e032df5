import { COUNTS } from "../../fold/columns.ts";
import { type Check, none } from "../compare.ts";

const EXAMPLES = 5;

/** Posts that stand aside are named; they are no difference, as long as each count kept apart belongs to one of them. */
const named: Check = {
  name: "set aside",
  async run(client) {
    const { rows } = await client.query<{ post_id: number; sqlstate: string; counts: number; posts: number }>(
      `select post_id, sqlstate, count(*) over () as posts,
              (select coalesce(sum(${COUNTS.join(" + ")}), 0)::bigint from set_aside_counts c where c.post_id = a.post_id) as counts
       from set_aside_posts a
       order by since, post_id
       limit ${EXAMPLES}`,
    );
    return {
      check: "set aside",
      compared: rows[0]?.posts ?? 0,
      differences: 0,
      examples: rows.map(
        ({ post_id, sqlstate, counts }) => `post ${post_id}: ${counts} engagements kept apart (${sqlstate})`,
      ),
    };
  },
};

export const setAsideChecks: Check[] = [
  named,
  none("set aside, counts", {
    compared: "select count(*) from set_aside_counts",
    violations: `select post_id, minute from set_aside_counts c
                 where not exists (select from set_aside_posts a where a.post_id = c.post_id and a.holds_counts)`,
  }),
];
