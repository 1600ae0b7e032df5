import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../../packages/runtime/src/command.ts";
import { endLeftovers } from "../support/teardown.ts";
import { FAULTS } from "./faults/index.ts";
import { HELP, type Options, readOptions } from "./options.ts";
import { formatReport, type Report, summarize } from "./report.ts";
import { runChaos } from "./run.ts";
import type { World } from "./world.ts";

// Whoever reads the report may be gone before it ends (`| head`); what was started is ended all the same.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

/** How to run the same faults once more. */
function again({ faults, seed, short, kinds, kafka }: Options): string {
  const only = kinds.length < FAULTS.length ? ` --kinds ${kinds.map(({ kind }) => kind).join(",")}` : "";
  return `npm run chaos -- --faults ${faults} --seed ${seed}${kafka === "apache" ? " --kafka apache" : ""}${short ? " --short" : ""}${only}`;
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
  const folder = await mkdtemp(join(tmpdir(), "pulseboard-chaos-"));
  const repeat = again(options);
  say(repeat);

  let ending: Promise<void> | undefined;
  const end = () => {
    ending ??= endLeftovers();
    return ending;
  };
  for (const [name, status] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)
    process.once(name, async () => {
      say("stopping");
      // A terminal's Ctrl-C has reached all that was started too: what ended by that is no news.
      await end().catch(() => {});
      await rm(folder, { recursive: true });
      process.exit(status);
    });

  const { report, world } = await runChaos({ ...options, folder, say }).catch(async (error) => {
    // What was interrupted fails too, and is ended by the one who interrupted it.
    if (ending) await new Promise(() => {});
    await end();
    await rm(folder, { recursive: true });
    throw error;
  });
  const exact = report.deviations.length === 0;
  const keep = options.keep || !exact;
  if (keep) {
    await writeLogs(folder, world);
    if (world.disk) world.disk.copyAtEnd = join(folder, "postgres-data");
  }
  print(report, options.json);
  await end();
  if (keep) say(`kept: ${folder}; once more: ${repeat}`);
  else await rm(folder, { recursive: true });
  process.exit(exact ? 0 : 1);
});
