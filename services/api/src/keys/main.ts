import { backendEnv, checkDatabase, createPool, readEnv, runCommand, variables } from "@pulseboard/runtime";
import { run } from "./commands.ts";
import { readOptions } from "./options.ts";

const HELP = `npm run keys -- create --name NAME --scopes SCOPE+SCOPE | list | revoke ID

  create  makes a key of the API and prints it, this once: only its hash is kept. It works within two seconds
  list    keys with their scopes, and when they were made, last used and revoked; never the keys themselves
  revoke  ends a key within two seconds, live connections that it opened included. It stays listed

  --name NAME      create: whom or what it is for, up to 100 characters
  --scopes S+S     create: read, read:raw, write, admin
  --limit N        list: at most so many (100; at most 10000), the active and newest first
  --json           the answer as JSON
  --help           this text

Needs DATABASE_URL; without it that of the \`npm start\` that runs here. Keys of API_KEYS are not listed.`;

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
  await checkDatabase(DATABASE_URL);
  const pool = createPool({ databaseUrl: DATABASE_URL, applicationName: "pulseboard-keys", max: 1 });
  try {
    process.stdout.write(await run(pool, options));
  } finally {
    await pool.end();
  }
});
