import { backendEnv, createPool, readEnv, runCommand, variables } from "@pulseboard/runtime";
import { accept, readCommand, show } from "./commands.ts";

const HELP = `npm run clock -- show|accept: the clocks of the database at DATABASE_URL (or of the \`npm start\` that runs here) and of
ingest's hosts. When they differ by over 5 minutes nobody knows which is right: windows and days stay where they are, and
/readyz is 503, until they agree again. Setting the wrong clock right is the remedy; nothing has to be done afterwards.

  show    both clocks, how far each ingest is off, and what is accepted
  accept  your word that the database's clock is right and stays as far from ingest's host as it is now, 5 minutes more
          or less: windows, days and retention follow it. Another difference needs another word
  --help  this text`;

await runCommand(async () => {
  const command = readCommand(process.argv.slice(2));
  if (command === undefined) {
    process.stdout.write(`${HELP}\n`);
    return;
  }
  const { DATABASE_URL } = readEnv(
    { DATABASE_URL: variables.databaseUrl },
    await backendEnv(["DATABASE_URL"]),
  );
  const pool = createPool({ databaseUrl: DATABASE_URL, applicationName: "pulseboard-clock", max: 1 });
  try {
    const lines = command === "show" ? await show(pool) : await accept(pool);
    process.stdout.write(`${lines.join("\n")}\n`);
  } finally {
    await pool.end();
  }
});
