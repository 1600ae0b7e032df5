import { MAX_ID } from "@pulseboard/contract";
import { backendEnv, ConfigError, parseOptions, readEnv, runCommand, variables } from "@pulseboard/runtime";
import { createProgress } from "../audit/report.ts";
import { erase } from "./erase.ts";

const HELP = `npm run erase -- --user ID: takes a user out of the database at DATABASE_URL (or of the \`npm start\` that runs
here). The user_id of their engagements is set to null, their row in users deleted, key and payload of rejected events
that name them removed; the id is remembered in the table erasures, and events that still come are stored without it.
No count changes. Safe while the system runs; when interrupted, run it again. What Kafka and backups hold stays there.

  --user ID  an integer from 1 to ${MAX_ID}
  --help     this text`;

/** @returns the user's id, or undefined when help was asked for */
function readArguments(): number | undefined {
  const { values } = parseOptions({
    options: { help: { type: "boolean", default: false }, user: { type: "string" } },
  });
  if (values.help) return undefined;
  const user = /^\d{1,10}$/.test(values.user ?? "") ? Number(values.user) : 0;
  if (user < 1 || user > MAX_ID)
    throw new ConfigError(`--user: expected an integer from 1 to ${MAX_ID}; see --help`);
  return user;
}

await runCommand(async () => {
  const user = readArguments();
  if (user === undefined) {
    process.stdout.write(`${HELP}\n`);
    return;
  }
  const { DATABASE_URL } = readEnv(
    { DATABASE_URL: variables.databaseUrl },
    await backendEnv(["DATABASE_URL"]),
  );
  const progress = createProgress((text) => process.stderr.write(text));
  try {
    const found = await erase(DATABASE_URL, user, progress.step);
    process.stdout.write(
      `user ${user} is erased, in all: ${found.engagements} engagements, ${found.rejected_events} rejected events, ${found.users} rows of users\n`,
    );
  } finally {
    progress.stop();
  }
});
