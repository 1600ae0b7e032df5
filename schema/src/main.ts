import { readEnv, runCommand, takeNoArguments, variables } from "@pulseboard/runtime";
import { migrate } from "./migrate.ts";

const HELP = `npm run migrate: brings the database at DATABASE_URL up to date. Safe to run again, and from several
places at once.`;

await runCommand(async () => {
  takeNoArguments(HELP);
  const { DATABASE_URL } = readEnv({ DATABASE_URL: variables.databaseUrl });
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const applied = await migrate(DATABASE_URL, say, (name) => say(`applying ${name} ...`));
  process.stdout.write(applied.length ? applied.map((name) => `applied ${name}\n`).join("") : "up to date\n");
});
