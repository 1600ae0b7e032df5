import { runCommand } from "@pulseboard/runtime";
import { run } from "./commands.ts";
import { readOptions } from "./options.ts";

const HELP = `npm run rejected -- list|show|replay [TOPIC/PARTITION/LOG/OFFSET ...] [filters]

  list    rejected events by reason, and the newest of them
  show    events with their key and payload, escaped: any byte but printable ASCII as \\xNN
  replay  publishes events to their topic again, with the event_id and engaged_timestamp they have or would have had,
          and marks them as replayed. Whatever is repeated, killed or run twice at once, an event counts once; one
          that still cannot count is rejected again, as a new rejected event. Never replayed: too_large and not_json
          (their bytes would be refused again, unless --transform mends them), what is not a JSON object, has no
          time, or was erased; they are counted as skipped. The bytes that a replay publishes are stored with the
          event first: every later replay publishes the same, whatever its options. So look at a --dry-run first,
          which shows examples; a mended event that is still invalid is left alone

Filters, all of which have to be met:
  --reason R                  too_large, not_json, invalid_field, future_timestamp, expired or unknown_post
  --topic T --partition N
  --since TIME --until TIME   rejected in [since, until); RFC 3339, or an age: 90s, 15m, 2h, 7d
  --post ID                   whose payload names this post
  --not-replayed              (a replay takes no others, unless --again)
  --limit N                   newest events listed or shown (10; at most 1000), or first events replayed (all)

  --json     list, show       JSON; show gives an object a line, bytes that are not UTF-8 in base64
  --raw      show             the payload of one event, byte for byte
  --dry-run  replay           says what it would do
  --again    replay           also what was replayed before
  --set FIELD=VALUE  replay   mends a field: a JSON value or a text; null takes it away. engaged_timestamp takes
                              message_timestamp and rejected_at, too: the event's own. May be repeated
  --transform FILE  replay    a module (.mjs) whose default export (event, context) returns the mended event, or null to
                              leave it alone. event: the payload parsed, undefined where it is no JSON object;
                              context: topic, partition, log_number, offset, message_timestamp, rejected_at, reason,
                              detail and text, the payload as text. Takes too_large and not_json, too. Before --set
  --help                      this text

Needs DATABASE_URL, and replay KAFKA_BROKERS (KAFKA_SSL, KAFKA_SSL_CA, KAFKA_SASL_MECHANISM|USERNAME|PASSWORD); without them those of
the \`npm start\` that runs here.`;

await runCommand(async () => {
  const args = process.argv.slice(2);
  if (args.includes("--help")) {
    process.stdout.write(`${HELP}\n`);
    return;
  }
  // Whoever reads has seen enough.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  await run(readOptions(args));
});
