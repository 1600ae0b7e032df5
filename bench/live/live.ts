import { relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { residentBytes } from "../../packages/runtime/src/processes/memory.ts";
import { centrifugoFanOut } from "../peers/centrifugo/fanOut.ts";
import { Environment } from "../support/environment.ts";
import { count, describeMachine, machineLine, table, writeJson } from "../support/report.ts";
import { Audiences, type FanOut } from "./audiences.ts";
import { type Herd, measureHerd } from "./herd.ts";
import type { LiveOptions } from "./options.ts";
import { type Recorded, Recorder } from "./recording.ts";
import { System } from "./system.ts";

/** From the first event of a step until it is measured. */
const SETTLE_MS = 3_000;

interface Step extends FanOut {
  rate: number;
  /** Until the last of those that were opened for this step had its answers. */
  joinSeconds: number;
  /** Events a second that were stored. */
  stored?: number;
}

/** @returns true: nothing is proved, all is measured */
export async function runLiveBench(options: LiveOptions): Promise<boolean> {
  const environment = new Environment();
  try {
    const system = await System.start(environment, options.cpuProf);
    const machine = await describeMachine(system.database);
    process.stdout.write(`${machineLine(machine)}\n\n`);
    const most = options.dashboards.at(-1)!;
    const emptyMemory = residentBytes(system.api.pid) / 2 ** 20;
    const alone = options.burst ? await system.highestRate() : undefined;

    const audiences = await Audiences.open(environment, "socketIo", system.url, options.slow);
    const { steps, recordings } = await measureSteps(system, audiences, options);
    const watched = options.burst ? await system.highestRate() : undefined;
    const herd = options.herd ? await measureHerd(system, audiences, most) : undefined;
    await audiences.close();
    await system.api.stop();
    const peer = options.centrifugo
      ? await centrifugoFanOut(environment, options.centrifugo, recordings, options)
      : undefined;

    process.stdout.write(`${stepTable("one API process", steps)}\n`);
    process.stdout.write(`\nthe API without dashboards: ${count(emptyMemory)} MiB\n`);
    if (alone && watched)
      process.stdout.write(
        `ingest at most: ${count(alone)} events/s alone, ${count(watched)} with ${count(most)} dashboards\n`,
      );
    if (herd) process.stdout.write(`${herdLine(herd)}\n`);
    if (peer) process.stdout.write(`\n${stepTable("Centrifugo", peer)}\n`);
    const result = { machine, emptyMemory, steps, ingest: { alone, watched }, herd, centrifugo: peer };
    process.stdout.write(`${relative(process.cwd(), await writeJson("live", result, machine.date))}\n`);
    return true;
  } finally {
    await environment.end();
  }
}

/** Every count of dashboards at every rate; and the messages of the first count, to be repeated, by rate. */
async function measureSteps(system: System, audiences: Audiences, options: LiveOptions) {
  const steps: Step[] = [];
  const recordings = new Map<number, Recorded[]>();
  const recorder = await Recorder.open(system.url);
  for (const dashboards of options.dashboards) {
    const joinSeconds = await audiences.grow(dashboards);
    for (const rate of options.rates) {
      const traffic = await system.traffic(rate);
      await sleep(SETTLE_MS);
      recorder.take();
      const [storedBefore, started] = [await system.stored(), performance.now()];
      const fanOut = await audiences.measure(system.api.pid, dashboards, options.seconds);
      const stored = ((await system.stored()) - storedBefore) / ((performance.now() - started) / 1_000);
      await traffic.stop();
      if (!recordings.has(rate)) recordings.set(rate, recorder.take());
      steps.push({ rate, joinSeconds, stored, ...fanOut });
      process.stderr.write(`${count(dashboards)} dashboards at ${count(rate)}/s: p99 ${fanOut.p99} ms\n`);
    }
  }
  recorder.close();
  return { steps, recordings };
}

const herdLine = ({ dashboards, seconds, healthMs, reads }: Herd): string =>
  `herd: ${count(dashboards)} back after ${seconds.toFixed(1)} s, /healthz at most ${count(healthMs)} ms, ${count(reads)} answers read`;

const stepTable = (server: string, steps: Step[]): string =>
  table(
    [
      `${server}: dashboards, events/s`,
      "join s",
      "p50 ms",
      "p99 ms",
      "max ms",
      "bytes/s each",
      "messages/s",
      "cores",
      "us/message",
      "clients' cores",
      "MiB",
      "stored/s",
    ],
    steps.map((step) => [
      `${count(step.dashboards)}, ${count(step.rate)}`,
      step.joinSeconds.toFixed(1),
      ...[step.p50, step.p99, step.max, step.bytes, step.messages].map(count),
      step.server.toFixed(2),
      ((step.server / step.messages) * 1e6).toFixed(0),
      step.clients.toFixed(2),
      count(step.memory),
      step.stored === undefined ? "-" : count(step.stored),
    ]),
  );
