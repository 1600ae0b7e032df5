import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, readFile, stat } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** How a PostgreSQL program is started, which refuses to run as root. */
export interface Account {
  /** The owner of its files; undefined when it runs as the user we are. */
  owner?: { uid: number; gid: number };
  command(file: string, args: string[]): Command;
}

export interface Command {
  file: string;
  args: string[];
  uid?: number;
  gid?: number;
}

const NAME = "postgres";

const refusal = (message: string, cause?: unknown) =>
  Object.assign(new Error(message, { cause }), { expose: true });

async function postgresUser(): Promise<{ uid: number; gid: number }> {
  const id = async (flag: string) => Number((await run("id", [flag, NAME])).stdout);
  try {
    return { uid: await id("-u"), gid: await id("-g") };
  } catch {
    try {
      await run("useradd", [
        "--system",
        "--user-group",
        "--no-create-home",
        "--shell",
        "/usr/sbin/nologin",
        NAME,
      ]);
    } catch (error) {
      throw refusal(
        `PostgreSQL does not run as root, and the user ${NAME} could not be created: ${(error as Error).message.trim()}. Start as another user, or set DATABASE_URL`,
        error,
      );
    }
    return { uid: await id("-u"), gid: await id("-g") };
  }
}

/** The first folder on the way to `path` that `owner` may not pass, or undefined. */
async function closedFolder(path: string, owner: { uid: number; gid: number }): Promise<string | undefined> {
  const parent = dirname(path);
  const above = parent === path ? undefined : await closedFolder(parent, owner);
  if (above) return above;
  const { mode, uid, gid } = await stat(path);
  const bits = uid === owner.uid ? mode >> 6 : gid === owner.gid ? mode >> 3 : mode;
  return bits & 1 ? undefined : path;
}

async function onPath(program: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? "").split(delimiter).filter(Boolean)) {
    const file = join(folder, program);
    if (
      await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return file;
  }
  return undefined;
}

/** capabilities(7): either lets a process pass folders closed to it; the first allows nothing but reading. */
const PASSING = [
  { bit: 2n, name: "dac_read_search" },
  { bit: 1n, name: "dac_override" },
];

async function passingCapability(): Promise<string | undefined> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  const permitted = BigInt(`0x${/^CapPrm:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  return PASSING.find(({ bit }) => (permitted >> bit) & 1n)?.name;
}

/**
 * Who runs the server: we, or, when we are root, the owner of the cluster, else the user `postgres`. Where that user
 * cannot pass a folder above `paths` (a clone below /root, say) it gets the one capability that lets it.
 * @param cluster its owner runs the server when it exists
 * @param paths what the server must reach
 */
export async function chooseAccount(cluster: string, paths: string[]): Promise<Account> {
  if (process.getuid?.() !== 0) return { command: (file, args) => ({ file, args }) };

  const existing = await stat(cluster).catch(() => undefined);
  const owner =
    existing && existing.uid !== 0 ? { uid: existing.uid, gid: existing.gid } : await postgresUser();
  let closed: string | undefined;
  for (const path of paths) closed ??= await closedFolder(path, owner);
  if (!closed) return { owner, command: (file, args) => ({ file, args, ...owner }) };

  const setpriv = await onPath("setpriv");
  const capability = await passingCapability();
  if (!setpriv || !capability)
    throw refusal(
      `PostgreSQL does not run as root, and its user cannot pass ${closed}${setpriv ? "" : " (setpriv of util-linux, which could let it, is not installed)"}. Open that folder (chmod o+x), use another for the project and PULSEBOARD_DATA, or set DATABASE_URL`,
    );
  return {
    owner,
    command: (file, args) => ({
      file: setpriv,
      args: [
        `--reuid=${owner.uid}`,
        `--regid=${owner.gid}`,
        "--clear-groups",
        `--inh-caps=+${capability}`,
        `--ambient-caps=+${capability}`,
        // Without it access(2), which PostgreSQL asks about its own files, ignores the capability.
        "--securebits=+no_setuid_fixup",
        "--",
        file,
        ...args,
      ],
    }),
  };
}
