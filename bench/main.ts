import { runCommand } from "../packages/runtime/src/command.ts";
import { ConfigError } from "../packages/runtime/src/env.ts";
import { runApiBench } from "./api/api.ts";
import { API_HELP, readApiOptions } from "./api/options.ts";
import { runIngestBench } from "./ingest/ingest.ts";
import { INGEST_HELP, readIngestOptions } from "./ingest/options.ts";
import { runLiveBench } from "./live/live.ts";
import { LIVE_HELP, readLiveOptions } from "./live/options.ts";
import { PLAN_HELP, readPlanOptions, runPlanBench } from "./plan/plan.ts";
import { readScreenOptions, SCREEN_HELP } from "./screen/options.ts";
import { runScreenBench } from "./screen/screen.ts";
import { readSoakOptions, SOAK_HELP } from "./soak/options.ts";
import { runSoak } from "./soak/soak.ts";

interface Bench {
  help: string;
  /** Whether all that was proved held; undefined when only help was asked for. */
  run: (args: string[]) => Promise<boolean | undefined>;
}

const BENCHES: Record<string, Bench> = {
  ingest: {
    help: INGEST_HELP,
    run: async (args) => {
      const options = readIngestOptions(args);
      return options && runIngestBench(options);
    },
  },
  api: {
    help: API_HELP,
    run: async (args) => {
      const options = readApiOptions(args);
      return options && runApiBench(options);
    },
  },
  live: {
    help: LIVE_HELP,
    run: async (args) => {
      const options = readLiveOptions(args);
      return options && runLiveBench(options);
    },
  },
  plan: {
    help: PLAN_HELP,
    run: async (args) => {
      const options = readPlanOptions(args);
      return options && runPlanBench(options);
    },
  },
  screen: {
    help: SCREEN_HELP,
    run: async (args) => {
      const options = readScreenOptions(args);
      return options && runScreenBench(options);
    },
  },
  soak: {
    help: SOAK_HELP,
    run: async (args) => {
      const options = readSoakOptions(args);
      return options && runSoak(options);
    },
  },
};

// Whoever reads the report may be gone before it ends (`| head`); what was started is ended all the same.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

await runCommand(async () => {
  const args = process.argv.slice(2);
  const name = args[0]?.startsWith("-") ? undefined : args.shift();
  const bench = BENCHES[name ?? "ingest"];
  if (!bench)
    throw new ConfigError(`unknown bench ${name}; expected one of ${Object.keys(BENCHES).join(", ")}`);
  const proved = await bench.run(args);
  if (proved === undefined)
    process.stdout.write(
      name
        ? bench.help
        : Object.values(BENCHES)
            .map(({ help }) => help)
            .join("\n"),
    );
  process.exit(proved === false ? 1 : 0);
});
