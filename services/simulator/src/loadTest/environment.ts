import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, platform, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import type pg from "pg";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const number = new Intl.NumberFormat("en");

/** The commit, where there is git and a repository. */
function commit(): string | undefined {
  try {
    const args = ["-C", ROOT, "rev-parse", "--short", "HEAD"];
    return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}

interface Row {
  version: string;
  shared_buffers: string;
  synchronous_commit: string;
  fsync: string;
  posts: number;
  engagements: number;
}

const FACTS = `
  select current_setting('server_version') as version, current_setting('shared_buffers') as shared_buffers,
    current_setting('synchronous_commit') as synchronous_commit, current_setting('fsync') as fsync,
    (select count(*) from posts) as posts,
    (select (views + likes + comments + shares)::bigint from stats) as engagements`;

/** Where a run took place, before it. */
export async function readEnvironment(pool: pg.Pool, kafka: string): Promise<Record<string, string>> {
  const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8")) as { version: string };
  const { rows } = await pool.query<Row>(FACTS);
  const facts = rows[0]!;
  const at = commit();
  const cores = cpus();
  return {
    Pulseboard: `${version}${at ? ` at ${at}` : ""}, ${kafka}`,
    PostgreSQL: `${facts.version.split(" ")[0]}, shared_buffers ${facts.shared_buffers}, synchronous_commit ${facts.synchronous_commit}, fsync ${facts.fsync}`,
    Before: `${number.format(facts.posts)} posts, ${number.format(facts.engagements)} engagements`,
    Machine: `${cores.length} cores${cores[0] ? ` of ${cores[0].model.trim()}` : ""}, ${Math.round(totalmem() / 2 ** 30)} GiB; the generator runs on this machine`,
    Runtime: `Node ${process.versions.node}, ${platform()} ${release()}`,
  };
}

export async function databaseBytes(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ bytes: number }>(
    "select pg_database_size(current_database()) as bytes",
  );
  return rows[0]!.bytes;
}
