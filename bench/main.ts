import { runCommand } from "../packages/runtime/src/command.ts";
import { runIngestBench } from "./ingest.ts";
import { HELP, readOptions } from "./options.ts";

const BENCHES = { ingest: runIngestBench };

// Whoever reads the report may be gone before it ends (`| head`); what was started is ended all the same.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

await runCommand(async () => {
  const options = readOptions(process.argv.slice(2), Object.keys(BENCHES));
  if (options.help) {
    process.stdout.write(HELP);
    return;
  }
  const names = options.names.length ? options.names : Object.keys(BENCHES);
  let proved = true;
  for (const name of names) proved = (await BENCHES[name as keyof typeof BENCHES](options)) && proved;
  process.exit(proved ? 0 : 1);
});
