import { backendEnv, parseOptions, readEnv, runCommand, variables } from "@pulseboard/runtime";
import { audit } from "./audit.ts";
import { createProgress, formatReport } from "./report.ts";

const HELP = `npm run audit [-- --json]: proves or disproves that every rollup equals the raw engagements and that every
partition's accounting adds up, in one snapshot of the database at DATABASE_URL (or of the \`npm start\` that runs
here). Reads only; safe while the system runs. Status 0 when exact, 1 on any difference.

  --json  the report as JSON
  --help  this text`;

await runCommand(async () => {
  const flag = { type: "boolean", default: false } as const;
  const { help, json } = parseOptions({ options: { help: flag, json: flag } }).values;
  if (help) {
    process.stdout.write(`${HELP}\n`);
    return;
  }
  const { DATABASE_URL } = readEnv(
    { DATABASE_URL: variables.databaseUrl },
    await backendEnv(["DATABASE_URL"]),
  );
  const progress = createProgress((text) => process.stderr.write(text));
  try {
    const report = await audit(DATABASE_URL, progress.step);
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report));
    process.exitCode = report.exact ? 0 : 1;
  } finally {
    progress.stop();
  }
});
