import { backendEnv, checkDatabase, createPool, readEnv, runCommand, variables } from "@pulseboard/runtime";
import { UnknownZone } from "../readModels/databaseZone.ts";
import { gather } from "./gather.ts";
import { readOptions, wrongZone } from "./options.ts";
import { formatReport } from "./report.ts";
import { createStyle } from "./style.ts";

const HELP = `npm run analyze [-- --json]: when people engage, top authors, coaching opportunities, volume and engagement,
categories and totals, by the questions in sql/, all of one snapshot. Reads only rollups.

  --tz ZONE  the time zone of hours and days, IANA (UTC)
  --limit N  rows of each list (10; at most 50)
  --json     the answers as JSON, by the names of sql/
  --help     this text

Needs DATABASE_URL; without it that of the \`npm start\` that runs here.`;

const SLOW_MS = 2_000;

/** Says on stderr what is read, once it takes over two seconds. */
function createNotice() {
  let reading = "";
  const timer = setInterval(() => process.stderr.write(`reading ${reading} ...\n`), SLOW_MS);
  return {
    say: (name: string) => {
      reading = name;
    },
    stop: () => clearInterval(timer),
  };
}

const colorsOf = (stream: NodeJS.WriteStream) => {
  const depth = stream.isTTY ? stream.getColorDepth() : 1;
  return depth >= 8 ? 256 : depth >= 4 ? 16 : 0;
};

await runCommand(async () => {
  const args = process.argv.slice(2);
  if (args.includes("--help")) {
    process.stdout.write(`${HELP}\n`);
    return;
  }
  const options = readOptions(args);
  const { DATABASE_URL } = readEnv(
    { DATABASE_URL: variables.databaseUrl },
    await backendEnv(["DATABASE_URL"]),
  );
  // Whoever reads has seen enough.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  await checkDatabase(DATABASE_URL, { readsOnly: true });
  const pool = createPool({ databaseUrl: DATABASE_URL, applicationName: "pulseboard-analyze", max: 1 });
  const notice = createNotice();
  try {
    const analysis = await gather(pool, options, notice.say).catch((error: unknown) => {
      throw error instanceof UnknownZone ? wrongZone() : error;
    });
    const style = createStyle(process.stdout.columns, colorsOf(process.stdout));
    process.stdout.write(
      options.json ? `${JSON.stringify(analysis, null, 2)}\n` : formatReport(analysis, options.limit, style),
    );
  } finally {
    notice.stop();
    await pool.end();
  }
});
