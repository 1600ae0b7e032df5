import { setTimeout as sleep } from "node:timers/promises";
import type { TestService } from "../support/process.ts";
import { until } from "../support/until.ts";
import type { World } from "./world.ts";

/** A difference that the system has to tell, ms: more than the contract's five minutes. */
const TOLD_MS = 330_000;
/** How soon it is told, or no longer, ms. */
const PATIENCE_MS = 30_000;
/** Once a difference is told the windows stand; how long they are looked at, ms. */
const STANDING_MS = 1_500;

async function readiness({ ready }: TestService): Promise<{ status: number; clock: { ok: boolean } }> {
  const response = await fetch(`http://127.0.0.1:${ready.opsPort}/readyz`);
  const { checks } = (await response.json()) as { checks: Record<string, { ok: boolean }> };
  return { status: response.status, clock: checks.clock ?? { ok: true } };
}

/**
 * Where the clocks of the database and of the member's host disagree: waits until its readiness says so, and looks
 * whether the windows stand meanwhile.
 * @param ms how far they are apart
 * @throws when it is not told, or the windows move
 */
export async function disagreementIsTold(world: World, member: TestService, ms: number): Promise<void> {
  if (Math.abs(ms) < TOLD_MS) return;
  await until(() => readiness(member), {
    what: "/readyz to say that the clocks disagree",
    timeoutMs: PATIENCE_MS,
    everyMs: 100,
    is: ({ status, clock }) => status === 503 && !clock.ok,
  });
  const windowMinute = async (): Promise<number> =>
    (await world.query("select window_minute as minute from stats"))[0].minute;
  const before = await windowMinute();
  await sleep(STANDING_MS);
  const after = await windowMinute();
  if (after !== before)
    throw new Error(`the windows moved by ${after - before} minutes while the clocks disagreed`);
}

/** Waits until no member's readiness says anything against the clocks. */
export async function clocksAgreeAgain({ fleet }: World): Promise<void> {
  for (const member of fleet.members)
    await until(() => readiness(member), {
      what: "/readyz to say nothing of the clocks any more",
      timeoutMs: PATIENCE_MS,
      everyMs: 100,
      is: ({ clock }) => clock.ok,
    });
}
