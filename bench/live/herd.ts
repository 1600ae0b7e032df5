import { setTimeout as sleep } from "node:timers/promises";
import type { Audiences } from "./audiences.ts";
import type { System } from "./system.ts";

export interface Herd {
  dashboards: number;
  /** From the loss of the connections until all are live again. */
  seconds: number;
  /** Longest answer of /healthz meanwhile, ms, from when it answers at all. */
  healthMs: number;
  /** Answers that the API read from the database meanwhile, by /metrics. */
  reads: number;
}

/** Ends the API at once and starts it on the same port, with everybody connected. */
export async function measureHerd(system: System, audiences: Audiences, dashboards: number): Promise<Herd> {
  const { url } = system;
  const back = audiences.back();
  await system.api.stop();
  await system.startApi(new URL(url).port);
  let healthMs = 0;
  let isBack = false;
  const looking = (async () => {
    while (!isBack) {
      const asked = performance.now();
      await fetch(`${url}/healthz`);
      healthMs = Math.max(healthMs, performance.now() - asked);
      await sleep(50);
    }
  })();
  const seconds = await back;
  isBack = true;
  await looking;
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const answers = [...metrics.matchAll(/^pulseboard_answers_total\{.*source="database".*\} (\d+)/gm)];
  return { dashboards, seconds, healthMs, reads: answers.reduce((sum, [, n]) => sum + Number(n), 0) };
}
