import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Starts kcat for one event. A kcat that keeps running buffers lines before it sends them.
 * @returns when kcat was started, ms since the epoch, and its end
 * @throws when kcat cannot be started or ends with another status than 0
 */
export function publish(broker: string, topic: string, event: object): { at: number; done: Promise<void> } {
  const at = Date.now();
  const child = spawn("kcat", ["-P", "-b", broker, "-t", topic], { stdio: ["pipe", "ignore", "inherit"] });
  child.stdin.end(`${JSON.stringify(event)}\n`);
  const done = once(child, "exit").then(([status]) => {
    if (status !== 0) throw new Error(`kcat ended with status ${status}`);
  });
  return { at, done };
}
