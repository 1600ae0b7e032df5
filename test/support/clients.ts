import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);
const LIMIT_MS = 600_000;

/** A client that others wrote, with a program that uses it. */
export interface Client {
  name: string;
  /** Installs packages into an empty folder. Where that fails, the client is left out. */
  install(folder: string): Promise<unknown>;
  /** Generates and compiles. @param address of the server */
  build?(folder: string, address: string): Promise<unknown>;
  /** What runs in the folder. The server's arguments follow. */
  command(folder: string): [program: string, ...args: string[]];
}

export interface ClientServer {
  /** Its address comes first. */
  args: [address: string, ...more: string[]];
  /** Fails when the client did not do what its program says. */
  check?(): Promise<void>;
  stop(): Promise<void>;
}

/** Runs a program to its end. An error tells all that the program printed. */
export async function run(program: string, args: string[], options: { cwd?: string } = {}): Promise<void> {
  try {
    await execute(program, args, { timeout: LIMIT_MS, maxBuffer: 64 * 1024 * 1024, ...options });
  } catch (error) {
    const { message, stdout } = error as Error & { stdout?: string };
    throw new Error(`${message}\n${stdout ?? ""}`.trimEnd());
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

type Outcome = "works" | "FAILED" | "left out";

async function tryClient(
  client: Client,
  folder: string,
  start: (folder: string) => Promise<ClientServer>,
): Promise<Outcome> {
  const say = (outcome: Outcome, more = "") => {
    process.stdout.write(`${client.name}: ${outcome}${more}\n`);
    return outcome;
  };
  await mkdir(folder);
  try {
    await client.install(folder);
  } catch (error) {
    return say("left out", `, it cannot be installed here: ${messageOf(error)}`);
  }
  const server = await start(folder);
  try {
    await client.build?.(folder, server.args[0]);
    const [program, ...args] = client.command(folder);
    await run(program, [...args, ...server.args], { cwd: folder });
    await server.check?.();
    return say("works");
  } catch (error) {
    return say("FAILED", `\n${messageOf(error)}`);
  } finally {
    await server.stop();
  }
}

/**
 * Installs the clients one after the other, and runs each against a server. Names on the command line choose some.
 * The exit status is 1 when one fails, or when none could be installed.
 */
export async function tryClients(
  clients: Client[],
  start: (folder: string) => Promise<ClientServer>,
): Promise<void> {
  const wanted = process.argv.slice(2);
  const isWanted = ({ name }: Client) => !wanted.length || wanted.some((part) => name.includes(part));
  const folder = await mkdtemp(join(tmpdir(), "pulseboard-clients-"));
  try {
    const outcomes: Outcome[] = [];
    for (const [index, client] of clients.filter(isWanted).entries())
      outcomes.push(await tryClient(client, join(folder, String(index)), start));
    process.exitCode = outcomes.includes("works") && !outcomes.includes("FAILED") ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
