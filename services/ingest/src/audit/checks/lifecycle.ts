import { engagements } from "../../fold/columns.ts";
import { type Check, compare, none } from "../compare.ts";

/** What retention has dropped is accounted for and stays dropped, and nobody who was erased is named. */
export const lifecycleChecks: Check[] = [
  compare("archived_engagements", {
    keys: ["counted"],
    values: ["engagements"],
    expected:
      "select 'engagements' as counted, coalesce(sum(engagements), 0) as engagements from archived_months",
    found: `select 'engagements' as counted, coalesce(sum(${engagements("a")}), 0) as engagements
            from archived_engagements a`,
  }),
  none("archived_months", {
    compared: "select count(*) from archived_months",
    violations: `select m.month, count(e.event_id) as rows
                 from (select month, month::timestamp at time zone 'UTC' as start,
                              (month + interval '1 month') at time zone 'UTC' as next from archived_months) m
                 left join engagements e on e.engaged_timestamp >= m.start and e.engaged_timestamp < m.next
                 where e.event_id is not null or m.start >= (select events_from from storage_rules)
                 group by m.month`,
  }),
  none("erasures", {
    compared: "select count(*) from erasures",
    violations: `select user_id, count(*) as rows
                 from erasures
                 join engagements using (user_id)
                 where finished_at is not null
                 group by user_id`,
  }),
];
