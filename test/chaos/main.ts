import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../../packages/runtime/src/command.ts";
import { endLeftovers } from "../support/teardown.ts";
import { HELP, type Options, readOptions } from "./options.ts";
import { formatReport, type Report, summarize } from "./report.ts";
import { runChaos } from "./run.ts";
import type { World } from "./world.ts";

// Whoever reads the report may be gone before it ends (`| head`); what was started is ended all the same.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

/** How to run the same faults once more. */
function again({ faults, seed, short, kinds }: Options, all: boolean): string {
  const only = all ? "" : ` --kinds ${kinds.map(({ kind }) => kind).join(",")}`;
  return `npm run chaos -- --faults ${faults} --seed ${seed}${short ? " --short" : ""}${only}`;
}

/** What was said by every ingest process and the database, beside the data. */
async function writeLogs(folder: string, { fleet, postgresLog }: World): Promise<void> {
  await writeFile(join(folder, "postgres.log"), `${postgresLog.join("\n")}\n`);
  for (const [index, { logs }] of fleet.history.entries())
    await writeFile(join(folder, `ingest-${index + 1}.log`), `${logs.join("\n")}\n`);
}

function print(report: Report, json: boolean): void {
  const { outcomes, deviations } = report;
  const exact = deviations.length === 0;
  process.stdout.write(
    json
      ? `${JSON.stringify({ exact, ...report, kinds: summarize(outcomes) }, null, 2)}\n`
      : `\n${formatReport(report)}`,
  );
}

await runCommand(async () => {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(HELP);
    return;
  }
  const say = (line: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.once(name, () => {
      say("stopping");
      void endLeftovers()
        .catch(() => {})
        .then(() => process.exit(name === "SIGINT" ? 130 : 143));
    });

  const folder = await mkdtemp(join(tmpdir(), "pulseboard-chaos-"));
  const repeat = again(options, readOptions([]).kinds.length === options.kinds.length);
  say(repeat);
  let exact = false;
  try {
    const { report, world } = await runChaos({ ...options, folder, say });
    exact = report.deviations.length === 0;
    if (!exact || options.keep) {
      await writeLogs(folder, world);
      if (world.disk) world.disk.copyAtEnd = join(folder, "postgres-data");
    }
    print(report, options.json);
  } finally {
    await endLeftovers();
    if (exact && !options.keep) await rm(folder, { recursive: true });
    else say(`kept: ${folder}; once more: ${repeat}`);
  }
  process.exit(exact ? 0 : 1);
});
