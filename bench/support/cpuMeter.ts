import { machineSeconds, processSeconds, treeSeconds } from "../../packages/runtime/src/processes/cpu.ts";

/** The processes of a run. */
export interface Measured {
  client: number;
  broker?: number;
  /** The postmaster: all its children are counted with it. */
  postgresql?: number;
}

/** CPU of a run, in microseconds an event (seconds a million events). */
export interface CpuMicros {
  client: number;
  broker?: number;
  postgresql?: number;
}

export interface Run {
  perSecond: number;
  seconds: number;
  cpuMicros: CpuMicros;
  /** Share of the machine's busy time that was none of these: what else ran beside the bench. */
  othersCpuShare: number;
}

/** Time and CPU from its making until `stop`. */
export class CpuMeter {
  private readonly pids: Measured;
  private readonly before: Required<Measured> & { machine: number; ms: number };

  constructor(pids: Measured) {
    this.pids = pids;
    this.before = this.now();
  }

  /** @param notCounted CPU seconds of PostgreSQL that were the bench's own */
  stop(events: number, notCounted = 0): Run {
    const after = this.now();
    const used = (part: keyof typeof after) => after[part] - this.before[part];
    const postgresql = used("postgresql") - notCounted;
    const seconds = used("ms") / 1000;
    const micros = (cpuSeconds: number) => (cpuSeconds / events) * 1e6;
    return {
      perSecond: events / seconds,
      seconds,
      cpuMicros: {
        client: micros(used("client")),
        ...(this.pids.broker && { broker: micros(used("broker")) }),
        ...(this.pids.postgresql && { postgresql: micros(postgresql) }),
      },
      othersCpuShare: Math.max(
        0,
        1 - (used("client") + used("broker") + used("postgresql")) / used("machine"),
      ),
    };
  }

  private now() {
    const { client, broker, postgresql } = this.pids;
    return {
      client: processSeconds(client),
      broker: broker ? processSeconds(broker) : 0,
      postgresql: postgresql ? treeSeconds(postgresql) : 0,
      machine: machineSeconds(),
      ms: performance.now(),
    };
  }
}

export const totalMicros = ({ client, broker = 0, postgresql = 0 }: CpuMicros): number =>
  client + broker + postgresql;
