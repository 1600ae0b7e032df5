import { ConfigError, explain } from "@pulseboard/runtime";
import { type Config, HELP, readConfig } from "./config.ts";
import { lockFolder } from "./folder/lock.ts";
import { Ledger } from "./folder/orphans.ts";
import { createLaunch } from "./launch.ts";
import { Output } from "./output/output.ts";
import { checkPorts } from "./ports.ts";

/** npm hands a Ctrl-C on although the terminal has already sent it: what comes this soon is not a second one. */
const SAME_REQUEST_MS = 1_000;
/** Whatever happens, the launcher is gone by then, and the parts notice that. */
const STOP_LIMIT_MS = 9_600;

await main();

async function main(): Promise<void> {
  let config: Config | undefined;
  let unlock: () => Promise<void>;
  try {
    config = readConfig(process.argv.slice(2));
    if (!config) {
      process.stdout.write(`${HELP}\n`);
      return;
    }
    unlock = await lockWritable(config.folder);
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exit(1);
  }

  // A closed terminal or a pipe that nobody reads must not end the launcher in the middle of something.
  process.stdout.on("error", () => {});
  const output = new Output({
    colour: config.colour,
    verbose: config.LOG_LEVEL === "debug" || config.LOG_LEVEL === "trace",
    write: (text) => process.stdout.write(text),
  });
  const ledger = new Ledger(config.folder);
  const launch = createLaunch(config, { output, ledger });

  let stoppingSince: number | undefined;
  async function stop(why: string, status: number): Promise<void> {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince < SAME_REQUEST_MS) return;
      output.say("pulseboard", "stopping at once", "warn");
      launch.kill();
      process.exit(1);
    }
    stoppingSince = performance.now();
    output.say("pulseboard", `stopping: ${why}`);
    setTimeout(() => {
      launch.kill();
      process.exit(1);
    }, STOP_LIMIT_MS).unref();
    await launch.stop();
    await ledger.close();
    await unlock();
    const seconds = ((performance.now() - stoppingSince) / 1000).toFixed(1);
    output.say("pulseboard", `stopped in ${seconds} s, the data is kept in ${config?.folder}`);
    process.exit(status);
  }
  async function fail(error: unknown): Promise<void> {
    if (stoppingSince !== undefined) return;
    output.say("pulseboard", explain(error), "error");
    await stop("it cannot go on", 1);
  }

  process.on("SIGINT", () => void stop("Ctrl-C", 0));
  process.on("SIGTERM", () => void stop("SIGTERM", 0));
  process.on("SIGHUP", () => void stop("the terminal was closed", 0));
  if (config.underNpm) onParentGone(() => void stop("npm is gone", 0));
  process.on("uncaughtException", (error) => void fail(error));
  process.on("unhandledRejection", (error) => void fail(error));

  try {
    output.say("pulseboard", `starting, data in ${config.folder}`);
    const orphans = await ledger.endOrphans();
    if (orphans)
      output.say("pulseboard", `ended what a former start left behind: ${orphans} processes`, "warn");
    await checkPorts(config);
    await launch.start();
  } catch (error) {
    await fail(error);
  }
}

/** The lock of the data folder. @throws ConfigError when nothing can be written there */
async function lockWritable(folder: string): Promise<() => Promise<void>> {
  try {
    return await lockFolder(folder);
  } catch (error) {
    const { syscall, message } = error as NodeJS.ErrnoException;
    if (!syscall) throw error;
    throw new ConfigError(
      `PULSEBOARD_DATA: expected a folder that can be written, got ${folder} (${message})`,
    );
  }
}

/** A parent that was killed hands nothing on; its children get another one. */
function onParentGone(then: () => void): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    then();
  }, 500);
  watch.unref();
}
