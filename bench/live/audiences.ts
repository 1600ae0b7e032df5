import { setTimeout as sleep } from "node:timers/promises";
import { processSeconds } from "../../packages/runtime/src/processes/cpu.ts";
import { residentBytes } from "../../packages/runtime/src/processes/memory.ts";
import type { Environment, Program } from "../support/environment.ts";
import type { ProtocolName } from "./protocols.ts";

/** Processes that the dashboards are spread over. */
const AUDIENCES = 2;

export interface FanOut {
  dashboards: number;
  /** ms from the server's reading of the totals to a dashboard that has them. */
  p50: number;
  p99: number;
  max: number;
  /** A second, of a dashboard that reads. */
  bytes: number;
  /** A second, to all that read. */
  messages: number;
  /** Cores. */
  server: number;
  clients: number;
  /** Of the server, MiB. */
  memory: number;
}

/** Dashboards on one server, in processes of their own. */
export class Audiences {
  readonly #programs: Program[];

  private constructor(programs: Program[]) {
    this.#programs = programs;
  }

  static async open(
    environment: Environment,
    protocol: ProtocolName,
    url: string,
    slow: number,
  ): Promise<Audiences> {
    const settings = { URL: url, SLOW: String(slow), PROTOCOL: protocol };
    const programs: Program[] = [];
    for (let index = 0; index < AUDIENCES; index++)
      programs.push(await environment.program("bench/live/audience.ts", settings));
    return new Audiences(programs);
  }

  /** @returns seconds until the last of them had its answers */
  async grow(dashboards: number): Promise<number> {
    const joined = await Promise.all(
      this.#programs.map((audience) => {
        const live = audience.message("live");
        audience.send({ type: "grow", to: Math.ceil(dashboards / AUDIENCES) });
        return live;
      }),
    );
    return Math.max(...joined.map(({ joinMs }) => Number(joinMs))) / 1_000;
  }

  /**
   * What reaches them in so many seconds.
   * @param server its process
   * @param shift what the messages say of their time is so many ms ago
   */
  async measure(server: number, dashboards: number, seconds: number, shift = 0): Promise<FanOut> {
    for (const audience of this.#programs) audience.send({ type: "measure", shift });
    const cpu = () => ({
      server: processSeconds(server),
      clients: this.#programs.reduce((sum, { pid }) => sum + processSeconds(pid), 0),
    });
    const [before, started] = [cpu(), performance.now()];
    await sleep(seconds * 1_000);
    const elapsed = (performance.now() - started) / 1_000;
    const after = cpu();
    const told = await Promise.all(
      this.#programs.map((audience) => {
        const counted = audience.message("counted");
        audience.send({ type: "tell" });
        return counted as Promise<Record<"p50" | "p99" | "max" | "bytes" | "readers" | "messages", number>>;
      }),
    );
    const most = (of: "p50" | "p99" | "max") => Math.max(...told.map((one) => one[of]));
    const sum = (of: "bytes" | "readers" | "messages") => told.reduce((total, one) => total + one[of], 0);
    return {
      dashboards,
      ...{ p50: most("p50"), p99: most("p99"), max: most("max") },
      bytes: sum("bytes") / sum("readers") / elapsed,
      messages: sum("messages") / elapsed,
      server: (after.server - before.server) / elapsed,
      clients: (after.clients - before.clients) / elapsed,
      memory: residentBytes(server) / 2 ** 20,
    };
  }

  /** Seconds from the loss of all connections until the last dashboard is live again; call it before they are lost. */
  async back(): Promise<number> {
    const times = await Promise.all(this.#programs.map((audience) => audience.message("back")));
    return Math.max(...times.map(({ ms }) => Number(ms))) / 1_000;
  }

  async close(): Promise<void> {
    await Promise.all(this.#programs.map((audience) => audience.stop()));
  }
}
