import { number } from "../rejected/output.ts";
import { formatTable } from "../rejected/table.ts";
import { hadAnotherLog, type Listing } from "./list.ts";

/** For a terminal. */
export function formatRepeats({ logs, suspected, same_message_time, newest }: Listing): string {
  if (!hadAnotherLog(logs))
    return "every partition was stored from one log only: nothing can have been counted again\n";
  const over = logs.flatMap(({ topic, partition, log_number, closed_at }) =>
    closed_at ? [`${topic}/${partition}/${log_number} until ${closed_at.toISOString()}`] : [],
  );
  const lines = [
    over.length > 0
      ? `logs that are over: ${over.slice(0, 20).join(", ")}${over.length > 20 ? ", ..." : ""}`
      : "",
    suspected === 0
      ? "no engagement is suspected"
      : `${number(suspected)} ${suspected === 1 ? "engagement" : "engagements"} suspected, ${number(same_message_time)} of equal message time`,
  ];
  const summary = lines.filter(Boolean).join("\n");
  if (newest.length === 0) return `${summary}\n`;
  const table = formatTable(
    [
      ["engaged", "post", "type", "user", "rows", "equal message time", "event ids"],
      ...newest.map((each) => [
        each.engaged_timestamp.toISOString(),
        String(each.post_id),
        each.type,
        each.user_id === null ? "-" : String(each.user_id),
        number(each.rows),
        number(each.same_message_time),
        each.event_ids.join(" "),
      ]),
    ],
    [1, 4, 5],
  );
  return `${summary}\n\n${table}`;
}
