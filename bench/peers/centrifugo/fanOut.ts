import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../../test/support/freePort.ts";
import { Audiences, type FanOut } from "../../live/audiences.ts";
import type { Recorded } from "../../live/recording.ts";
import type { Environment } from "../../support/environment.ts";

const KEY = "bench";
/** For the first connections, before anything is measured. */
const SETTLE_MS = 3_000;

interface Centrifugo {
  url: string;
  pid: number;
  failed: Promise<never>;
}

/**
 * Centrifugo v6, one process, with the messages of our API published again, each at its distance in time from the first, to
 * as many subscribers of as many channels. Its own cost of a message is in it, that of making one is not.
 * @param binary of `go install github.com/centrifugal/centrifugo/v6@latest`
 * @param recordings by rate of events
 */
export async function centrifugoFanOut(
  environment: Environment,
  binary: string,
  recordings: ReadonlyMap<number, readonly Recorded[]>,
  { dashboards, seconds, slow }: { dashboards: readonly number[]; seconds: number; slow: number },
): Promise<(FanOut & { rate: number; joinSeconds: number })[]> {
  const server = await start(environment, binary);
  const audiences = await Audiences.open(environment, "centrifugo", server.url, slow);
  const steps = [];
  for (const count of dashboards) {
    const joinSeconds = await audiences.grow(count);
    for (const [rate, messages] of recordings) {
      await sleep(SETTLE_MS);
      const begun = Date.now();
      const replay = publishAgain(server, messages, begun);
      const shift = begun - messages[0]!.at;
      const fanOut = await audiences.measure(server.pid, count, seconds, shift);
      await replay;
      steps.push({ rate, joinSeconds, ...fanOut });
    }
  }
  await audiences.close();
  return steps;
}

async function start(environment: Environment, binary: string): Promise<Centrifugo> {
  const folder = await environment.folder();
  const port = await freePort();
  const file = join(folder, "centrifugo.json");
  const config = {
    http_server: { address: "127.0.0.1", port: String(port) },
    http_api: { key: KEY },
    client: { allow_anonymous_connect_without_token: true, allowed_origins: ["*"] },
    channel: {
      without_namespace: { allow_subscribe_for_client: true, allow_subscribe_for_anonymous: true },
    },
    health: { enabled: true },
    log: { level: "error" },
  };
  await writeFile(file, JSON.stringify(config));
  const child = spawn(binary, ["--config", file], { stdio: ["ignore", "inherit", "inherit"] });
  const exited = once(child, "exit");
  let isStopping = false;
  environment.atEnd(async () => {
    isStopping = true;
    child.kill("SIGTERM");
    await exited;
  });
  const failed = exited.then(([code]): never => {
    throw new Error(isStopping ? "centrifugo was stopped" : `centrifugo ended with status ${code}`);
  });
  failed.catch(() => {});
  const url = `http://127.0.0.1:${port}`;
  const answers = async () => (await fetch(`${url}/health`).catch(() => undefined))?.ok;
  while (!(await Promise.race([answers(), failed]))) await sleep(50);
  return { url, pid: child.pid!, failed };
}

/** Publishes the messages, the first of them now. */
async function publishAgain({ url, failed }: Centrifugo, messages: readonly Recorded[], begun: number) {
  const headers = { "content-type": "application/json", "x-api-key": KEY };
  for (const { channel, json, at } of messages) {
    await sleep(Math.max(0, begun + at - messages[0]!.at - Date.now()));
    const body = `{"channel":"${channel}","data":${json}}`;
    const asked = fetch(`${url}/api/publish`, { method: "POST", headers, body });
    const answer = (await (await Promise.race([asked, failed])).json()) as { error?: object };
    if (answer.error) throw new Error(`centrifugo: ${JSON.stringify(answer.error)}`);
  }
}
