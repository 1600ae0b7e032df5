import {
  accessVariables,
  backendEnv,
  checkDatabase,
  createPool,
  readEnv,
  runCommand,
  variables,
} from "@pulseboard/runtime";
import { run } from "./commands.ts";
import { readOptions } from "./options.ts";

const HELP = `npm run keys -- create --name NAME --scopes SCOPE+SCOPE | list | revoke ID | share

  create  makes a key of the API and prints it, this once: only its hash is kept. It works within two seconds
  list    keys with their scopes, and when they were made, last used and revoked; never the keys themselves
  revoke  ends a key within two seconds, live connections that it opened included. It stays listed
  share   a link that reads the dashboard until it expires, live connections included, the key in its fragment

  --name NAME      create: whom or what it is for, up to 100 characters
  --scopes S+S     create: read, read:raw, write, admin
  --limit N        list: at most so many (100; at most 10000), the active and newest first
  --days N         share: days until it expires (7; at most 365)
  --url SITE       share: where the site is reached (http://127.0.0.1:PORT, PORT 8000 unless set)
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
  const {
    DATABASE_URL,
    PORT = 8000,
    READ_ACCESS,
  } = readEnv(
    {
      DATABASE_URL: variables.databaseUrl,
      PORT: variables.port.optional(),
      READ_ACCESS: accessVariables.READ_ACCESS,
    },
    await backendEnv(["DATABASE_URL"]),
  );
  await checkDatabase(DATABASE_URL);
  const pool = createPool({ databaseUrl: DATABASE_URL, applicationName: "pulseboard-keys", max: 1 });
  try {
    process.stdout.write(
      await run(pool, options, { url: `http://127.0.0.1:${PORT}/`, readAccess: READ_ACCESS }),
    );
  } finally {
    await pool.end();
  }
});
