import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { KAFKA_JARS } from "./jars.ts";

const LOGGING = fileURLToPath(new URL("log4j2.properties", import.meta.url));
/** For a short life: a small heap, and compiled quickly beats compiled well. */
const SHORT_LIVED = ["-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
const LINES_KEPT = 200;

export interface JvmOptions {
  /** What it reads, to the end. */
  input?: string;
  /** Of the JVM, instead of those that suit a short life. */
  flags?: string[];
  /** Folder of the jars; Apache Kafka's unless given. */
  jars?: string;
}

export interface Jvm {
  readonly process: ChildProcess;
  /** The last lines it wrote. */
  readonly lines: string[];
  /** "status 1", "SIGKILL". */
  readonly exited: Promise<string>;
}

/** Runs a main class of the jars; it ends when this process does, however that ends. */
export function runJava(java: string, args: string[], options: JvmOptions = {}): Jvm {
  const { input = "", flags = SHORT_LIVED, jars = KAFKA_JARS.folder } = options;
  const logging = `-Dlog4j2.configurationFile=${LOGGING}`;
  const jvm = [...flags, "-XX:-UsePerfData", logging, "-cp", join(jars, "*")];
  // In a group of its own, so that a terminal's Ctrl-C reaches it once, as our SIGTERM.
  const child = spawn(java, [...jvm, ...args], { stdio: "pipe", detached: true });
  child.stdin.on("error", () => {}); // it ended without reading everything: its exit tells
  child.stdin.end(input);
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      if (lines.length > LINES_KEPT) lines.shift();
    });
  const exited = once(child, "exit").then(([code, signal]) => signal ?? `status ${code}`);
  guard(child);
  return { process: child, lines, exited };
}

/** Kafka does not notice when its parent is killed. This shell does: its input ends without a line. */
function guard(child: ChildProcess): void {
  const guardian = spawn("sh", ["-c", 'read -r _ || kill -9 "$0"', String(child.pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  guardian.unref();
  child.once("exit", () => guardian.stdin.end("it has ended\n"));
}
