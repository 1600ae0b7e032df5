import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { startPostgres } from "../../launcher/src/postgres/index.ts";
import { ConfigError, parseOptions, runCommand } from "../../packages/runtime/src/index.ts";
import { ROOT } from "../support/programs.ts";
import { BUGS } from "./bugs/index.ts";
import { AREAS, type PlantedBug, plant, rowOf } from "./plantedBug.ts";

const HELP = `npm run planted [-- options]: plants small harmful edits, one at a time, in a copy of this tree, and runs the
tests that have to find each. Status 1 when one is not found, or does not apply any more.

  --area A   of this area only: ${AREAS.join(", ")}
  --file F   in files whose path holds this only
  --list     the list as docs/planted-bugs.md has it
  --keep     keeps the copy
  --help     this text`;

/** A test that hangs by the edit is ended. */
const LONGEST_RUN_MS = 6 * 60_000;

type Outcome = "found" | "not found" | "no test ran" | "does not apply";

interface Options {
  bugs: PlantedBug[];
  keep: boolean;
}

function readOptions(): Options | undefined {
  const { values } = parseOptions({
    options: {
      area: { type: "string" },
      file: { type: "string" },
      list: { type: "boolean", default: false },
      keep: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) process.stdout.write(`${HELP}\n`);
  if (values.list) process.stdout.write(`${BUGS.map(rowOf).join("\n")}\n`);
  if (values.help || values.list) return undefined;
  const { area, file } = values;
  const bugs = BUGS.filter((bug) => (area ?? bug.area) === bug.area && bug.file.includes(file ?? ""));
  if (bugs.length === 0) throw new ConfigError("no bug is planted there; see --list");
  return { bugs, keep: values.keep };
}

/** Runs a program to its end. @returns its status; null when it was ended */
async function run(program: string, args: string[], cwd: string, env = process.env): Promise<number | null> {
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", "ignore", "inherit"], detached: true });
  const late = setTimeout(() => process.kill(-child.pid!, "SIGKILL"), LONGEST_RUN_MS);
  const [status] = await once(child, "exit");
  clearTimeout(late);
  return status;
}

/** The files that git knows or would take, with node_modules linked file by file: its links lead into the copy. */
async function copyTree(copy: string): Promise<void> {
  const listed = spawn("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
  });
  const names = Buffer.concat(await listed.stdout.toArray())
    .toString()
    .split("\0")
    .filter(Boolean);
  for (const name of names) {
    await mkdir(dirname(join(copy, name)), { recursive: true });
    await cp(join(ROOT, name), join(copy, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error; // deleted, and not committed yet
    });
  }
  const modules = join(copy, "node_modules");
  if ((await run("cp", ["-al", join(ROOT, "node_modules"), modules], ROOT)) !== 0) {
    await rm(modules, { recursive: true, force: true });
    await run("cp", ["-a", join(ROOT, "node_modules"), modules], ROOT);
  }
  // What is written there would be written through the links.
  for (const cache of [".cache", ".vite"]) await rm(join(modules, cache), { recursive: true, force: true });
  await cp(join(ROOT, "web/dist"), join(copy, "web/dist"), { recursive: true }).catch(() => {});
}

interface Report {
  numTotalTests: number;
  numPassedTests: number;
  numFailedTests: number;
}

async function tryBug(bug: PlantedBug, copy: string, env: NodeJS.ProcessEnv): Promise<Outcome> {
  const file = join(copy, bug.file);
  const good = await readFile(file, "utf8");
  const reportFile = join(copy, "planted-report.json");
  await rm(reportFile, { force: true });
  try {
    await writeFile(file, plant(bug, good));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return "does not apply";
  }
  try {
    const vitest = join(copy, "node_modules/vitest/vitest.mjs");
    const named = bug.named ? ["-t", bug.named] : [];
    const reporter = ["--reporter=json", `--outputFile=${reportFile}`];
    await run("nice", [process.execPath, vitest, "run", bug.test, ...named, ...reporter], copy, env);
    const report = await readFile(reportFile, "utf8").then(
      (text): Report | undefined => JSON.parse(text),
      () => undefined,
    );
    if (report && report.numFailedTests > 0) return "found";
    return report && report.numPassedTests > 0 ? "not found" : "no test ran";
  } finally {
    await writeFile(file, good);
  }
}

await runCommand(async () => {
  const options = readOptions();
  if (!options) return;
  const copy = await mkdtemp(join(tmpdir(), "pulseboard-planted-"));
  const server = await startPostgres({
    dataDir: `${copy}-postgres`,
    settings: { fsync: "off", full_page_writes: "off", synchronous_commit: "off", max_connections: "300" },
  });
  const missed: string[] = [];
  try {
    await copyTree(copy);
    const env = { ...process.env, TEST_DATABASE_URL: server.url("postgres") };
    for (const [index, bug] of options.bugs.entries()) {
      const startedAt = performance.now();
      const outcome = await tryBug(bug, copy, env);
      const seconds = Math.round((performance.now() - startedAt) / 1000);
      const line = `${outcome}: ${bug.area}, ${bug.harm} (${bug.file}; ${bug.test}, ${seconds} s)`;
      process.stdout.write(`${index + 1}/${options.bugs.length} ${line}\n`);
      if (outcome !== "found") missed.push(line);
    }
  } finally {
    await server.stop();
    await rm(`${copy}-postgres`, { recursive: true, force: true });
    if (options.keep) process.stdout.write(`the copy is kept in ${copy}\n`);
    else await rm(copy, { recursive: true, force: true });
  }
  process.stdout.write(`${options.bugs.length - missed.length} of ${options.bugs.length} found\n`);
  if (missed.length > 0) {
    process.stdout.write(`${missed.join("\n")}\n`);
    process.exitCode = 1;
  }
});
