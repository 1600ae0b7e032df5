import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createTestFolder } from "./folder.ts";
import { freePort } from "./freePort.ts";
import { onTeardown } from "./teardown.ts";
import { until } from "./until.ts";

/** Debian puts it where only root looks. */
const PATH = `${process.env.PATH ?? ""}:/usr/sbin`;

export const hasPgbouncer = (): boolean =>
  spawnSync("pgbouncer", ["--version"], { env: { PATH } }).status === 0;

/** It refuses to run as root. */
const NOBODY = 65_534;

export interface TestPgbouncer {
  /** The given database by way of PgBouncer. */
  url: string;
  /** Every line of its log. */
  logs: string[];
}

/**
 * PgBouncer before the server of `databaseUrl`, with its own defaults but for `settings`.
 * @param settings of the section [pgbouncer]
 */
export async function startPgbouncer(
  databaseUrl: string,
  settings: Record<string, string> = {},
): Promise<TestPgbouncer> {
  const folder = await createTestFolder();
  const { hostname, port: serverPort, username, password } = new URL(databaseUrl);
  const port = await freePort();
  const all = {
    listen_addr: "127.0.0.1",
    listen_port: String(port),
    unix_socket_dir: "",
    auth_type: "scram-sha-256",
    auth_file: join(folder, "users"),
    ...settings,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`);
  const files = {
    users: `"${username}" "${decodeURIComponent(password)}"\n`,
    "pgbouncer.ini": `[databases]\n* = host=${hostname} port=${serverPort}\n[pgbouncer]\n${lines.join("\n")}\n`,
  };
  const isRoot = process.getuid?.() === 0;
  await chmod(folder, 0o755);
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await writeFile(path, text, { mode: 0o600 });
    if (isRoot) await chown(path, NOBODY, NOBODY);
  }
  const child: ChildProcess = spawn("pgbouncer", [join(folder, "pgbouncer.ini")], {
    env: { PATH },
    stdio: ["ignore", "pipe", "pipe"],
    ...(isRoot && { uid: NOBODY, gid: NOBODY }),
  });
  const logs: string[] = [];
  for (const stream of [child.stdout!, child.stderr!])
    createInterface({ input: stream }).on("line", (line) => logs.push(line));
  const exited = once(child, "exit");
  onTeardown(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  await until(() => logs.some((line) => line.includes("process up")), {
    what: "PgBouncer to listen",
    is: Boolean,
  });
  return { url: Object.assign(new URL(databaseUrl), { port: String(port) }).href, logs };
}
