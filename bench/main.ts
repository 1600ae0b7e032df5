import { runCommand } from "../packages/runtime/src/command.ts";
import { ConfigError } from "../packages/runtime/src/env.ts";
import { runIngestBench } from "./ingest/ingest.ts";
import { INGEST_HELP, readIngestOptions } from "./ingest/options.ts";

/** @returns whether all that was proved held; undefined when only help was asked for */
const BENCHES: Record<string, (args: string[]) => Promise<boolean | undefined>> = {
  async ingest(args) {
    const options = readIngestOptions(args);
    return options && runIngestBench(options);
  },
};

const HELP = `${INGEST_HELP}`;

// Whoever reads the report may be gone before it ends (`| head`); what was started is ended all the same.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

await runCommand(async () => {
  const args = process.argv.slice(2);
  const [first = "ingest"] = args;
  const named = !first.startsWith("-");
  const bench = BENCHES[named ? first : "ingest"];
  if (!bench)
    throw new ConfigError(`unknown bench ${first}; expected one of ${Object.keys(BENCHES).join(", ")}`);
  const proved = await bench(named ? args.slice(1) : args);
  if (proved === undefined) process.stdout.write(HELP);
  process.exit(proved === false ? 1 : 0);
});
