import { engagements, suffixOf, TOP_LISTS, type TopListName } from "../../fold/columns.ts";
import { TOP } from "../../fold/topLists.ts";
import { type Check, compare, none } from "../compare.ts";

const top = (windowName: TopListName, from: string) => `
  (select '${windowName}' as window_name, row_number() over (order by count desc, post_id) as rank, post_id
   from (select s.post_id, ${engagements("s", suffixOf(windowName))} as count
         from ${from}
         where ${engagements("s", suffixOf(windowName))} > 0 and not s.withdrawn
         order by count desc, post_id
         limit ${TOP}) best)`;

const unionAll = (part: (windowName: TopListName) => string) => TOP_LISTS.map(part).join(" union all ");

/** The top 100 of each window and of all time: from the candidates, and from all posts that are not withdrawn. */
export const topListChecks: Check[] = [
  compare("top_candidates", {
    keys: ["window_name", "rank"],
    values: ["post_id"],
    expected: unionAll((name) => top(name, "post_stats s")),
    found: unionAll((name) =>
      top(
        name,
        `(select post_id from top_candidates where window_name = '${name}') c join post_stats s using (post_id)`,
      ),
    ),
  }),
  none("top_floors", {
    compared: "select count(*) from post_stats",
    violations: unionAll((name) => {
      const count = engagements("s", suffixOf(name));
      return `
        select w.window_name, s.post_id, ${count} as engagements, t.count as floor_count, t.post_id as floor_post_id
        from post_stats s, (values ('${name}')) w (window_name) left join top_floors t using (window_name)
        where ${count} > 0 and not s.withdrawn
          and coalesce(${count} > t.count or ${count} = t.count and s.post_id < t.post_id, true)
          and not exists (select from top_candidates c where c.window_name = '${name}' and c.post_id = s.post_id)`;
    }),
  }),
];
