import { randomBytes } from "node:crypto";
import { chmod, chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type Account, chooseAccount } from "./account.ts";
import { type Binaries, findBinaries } from "./binaries.ts";
import type { HostOrder } from "./host.ts";

export const SUPERUSER = "postgres";

/** What `dataDir` holds: `cluster/`, PostgreSQL's own folder, and `password`, of its superuser. */
export interface Cluster {
  folder: string;
  password: string;
  account: Account;
  binaries: Binaries;
  /** How to make it, when it is not there yet. */
  create?: HostOrder["create"];
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

async function ensurePassword(dataDir: string, account: Account): Promise<string> {
  const file = join(dataDir, "password");
  const known = (await readFile(file, "utf8").catch(() => "")).trim();
  if (known) return known;
  const password = randomBytes(24).toString("hex");
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${password}\n`, { mode: 0o600 });
  if (account.owner) await chown(draft, account.owner.uid, account.owner.gid);
  await rename(draft, file);
  return password;
}

/** Collation and case rules are PostgreSQL's own, the same on every machine. */
const LOCALE = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];

/** Finds the cluster of `dataDir`, or says how to make it. */
export async function prepareCluster(dataDir: string): Promise<Cluster> {
  const path = resolve(dataDir);
  const folder = join(path, "cluster");
  const binaries = await findBinaries();
  await mkdir(path, { recursive: true });
  const account = await chooseAccount(folder, [dirname(path), binaries.postgres]);
  await chmod(path, 0o700);
  if (account.owner) await chown(path, account.owner.uid, account.owner.gid);

  const password = await ensurePassword(path, account);
  const cluster = { folder, password, account, binaries };
  if (await exists(folder)) return cluster;

  for (const name of await readdir(path))
    if (name.startsWith("cluster.")) await rm(join(path, name), { recursive: true, force: true });
  const from = join(path, `cluster.${randomBytes(4).toString("hex")}`);
  const args = [
    `--pgdata=${from}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${join(path, "password")}`,
    "--auth=scram-sha-256",
    "--no-instructions",
    ...LOCALE,
  ];
  return { ...cluster, create: { command: account.command(binaries.initdb, args), from, to: folder } };
}
