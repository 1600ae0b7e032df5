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
