import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const LEAST_JAVA = 17;
const run = promisify(execFile);

let found: Promise<string | undefined> | undefined;

/** The command that runs Java, JAVA_HOME's first, or undefined when there is none of version 17 or later. */
export function findJava(): Promise<string | undefined> {
  found ??= lookForJava();
  return found;
}

async function lookForJava(): Promise<string | undefined> {
  const home = process.env.JAVA_HOME;
  for (const command of [...(home ? [join(home, "bin", "java")] : []), "java"]) {
    const { stderr } = await run(command, ["-version"]).catch(() => ({ stderr: "" }));
    const version = Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0);
    if (version >= LEAST_JAVA) return command;
  }
  return undefined;
}

export async function hasMaven(): Promise<boolean> {
  return run("mvn", ["--version"]).then(
    () => true,
    () => false,
  );
}

/** What this machine lacks to run `program`, in words; undefined when it lacks nothing. */
export function missing(
  program: string,
  has: { java: boolean; jars: boolean; maven: boolean },
): string | undefined {
  const lacks = [
    ...(has.java ? [] : [`Java ${LEAST_JAVA} or later (JAVA_HOME, or java in the PATH)`]),
    // Jars that are there already need no Maven.
    ...(has.jars || has.maven ? [] : ["Maven (mvn in the PATH), which downloads its jars once"]),
  ];
  return lacks.length > 0 ? `${program} needs ${lacks.join(" and ")}` : undefined;
}
