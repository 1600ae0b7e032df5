import { runCommand } from "@pulseboard/runtime";
import { readOptions } from "./options.ts";
import { run } from "./run.ts";

const HELP = `npm run import -- --authors a.csv --posts p.csv --users u.csv --post-metadata m.csv --engagements e.csv

A catalogue and its history, from CSV with a header row or NDJSON; any of the files alone, always in this order. Columns
are named like the tables', in any order, others are ignored; [] may be left out, which leaves what is stored as it is.
An empty cell is null.

  --authors        author_id, name, [joined_date], author_category
  --posts          post_id, author_id, category, publish_timestamp, [title], [content_length], [has_media]
  --users          user_id, [signup_date], [country], [user_segment]
  --post-metadata  post_id, [tags], [is_promoted], [language]
  --engagements    [event_id], post_id, type, [user_id], engaged_timestamp

  --dry-run      judges every row, against the files and the catalogue, and writes nothing
  --strict       imports nothing when any row is refused; without it all others are imported
  --errors FILE  every refused row as NDJSON: file, line, field, expected; without it the first 20 are shown
  --wait S       seconds to wait for a database or a Kafka that is away (60)
  --help         this text

Catalogue rows are inserted or updated. Engagements go to the topic; the command ends when all are acknowledged, ingest
counts them from there. A row without event_id gets one derived from the row and its ordinal among equal rows of the
file, so that equal rows count each, and importing a file again changes nothing: interrupted, run it again.
The status is 1 when any row was refused.

Needs DATABASE_URL, and for engagements KAFKA_BROKERS (KAFKA_SSL, KAFKA_SSL_CA, KAFKA_SASL_MECHANISM|USERNAME|PASSWORD) and
ENGAGEMENTS_TOPIC (engagements); without them those of the \`npm start\` that runs here.`;

await runCommand(async () => {
  const args = process.argv.slice(2);
  if (args.includes("--help")) {
    process.stdout.write(`${HELP}\n`);
    return;
  }
  await run(readOptions(args));
});
