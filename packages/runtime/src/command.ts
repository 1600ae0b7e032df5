import { ConfigError } from "./env.ts";

/**
 * Runs a command's body; an error ends the process with status 1 and one clear line, with the stack only where the
 * fault is ours to debug.
 */
export async function runCommand(body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    const known = error instanceof ConfigError || (error as { expose?: boolean }).expose === true;
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    process.stderr.write(`${known ? message : (stack ?? message)}\n`);
    process.exit(1);
  }
}

/** For a program that takes no arguments: --help prints `help` and ends it, anything else is an error. */
export function takeNoArguments(help: string, args: string[] = process.argv.slice(2)): void {
  if (args.includes("--help")) {
    process.stdout.write(`${help}\n`);
    process.exit(0);
  }
  if (args.length > 0) throw new ConfigError(`unknown argument ${JSON.stringify(args[0])}; see --help`);
}
