import type { Socket as TcpSocket } from "node:net";
import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import WebSocket from "ws";
import type { CompactMessage } from "../../packages/contract/src/live.ts";
import { runCommand } from "../../packages/runtime/src/command.ts";
import { backoff } from "../../web/src/live/backoff.ts";
import { type Conversation, PROTOCOLS, type ProtocolName, QUESTIONS } from "./protocols.ts";

/**
 * Dashboards of one process, on plain WebSockets: what the clients cost is in every figure. Messages from the parent:
 * {type: "grow", to} opens as many more as are missing and answers {type: "live", joinMs} when all of them have their four
 * answers; {type: "measure", shift} begins to count and {type: "tell"} answers {type: "counted", p50, p99, max, bytes, readers,
 * messages}: ms, and sums since then. {type: "back", ms} is sent when all that lost their connection are live again.
 */

interface Dashboard extends Conversation {
  socket: WebSocket;
  isSlow: boolean;
}

/** Connections that are opened at once. */
const OPENING = 50;
const ANSWER_MS = 60_000;

await runCommand(async () => {
  const { URL: url, SLOW, PROTOCOL } = process.env;
  const protocol = PROTOCOLS[PROTOCOL as ProtocolName];
  const slow = Number(SLOW);
  const dashboards: Dashboard[] = [];
  let latencies: RecordableHistogram = createHistogram();
  let shift = 0;
  let messages = 0;
  let bytesBefore = 0;
  let away = 0;
  let lostAt = 0;

  const tcp = ({ socket }: Dashboard) => (socket as unknown as { _socket: TcpSocket | null })._socket;
  const bytes = () =>
    dashboards.filter(({ isSlow }) => !isSlow).reduce((sum, one) => sum + (tcp(one)?.bytesRead ?? 0), 0);

  function hear(channel: string, json: string): void {
    messages++;
    if (channel !== "totals") return;
    const { as_of, data }: CompactMessage<"totals"> = JSON.parse(json);
    // When the server read it, or when a recording repeats it; the processes share a clock.
    const readAt = Date.parse(as_of) + data[0] + shift;
    latencies.record(Math.max(1, Math.round(Date.now() - readAt)));
  }

  /** Connects, and resolves when all questions are answered. */
  function connect(dashboard: Dashboard): Promise<void> {
    dashboard.answered = 0;
    const socket = new WebSocket(protocol.address(url!), { perMessageDeflate: false });
    dashboard.socket = socket;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => socket.terminate(), ANSWER_MS);
      const talk = (frame: string) => {
        for (const answer of protocol.answers(frame, dashboard)) socket.send(answer);
        if (dashboard.answered < QUESTIONS) return;
        clearTimeout(late);
        resolve();
      };
      socket.on("open", () => talk(""));
      socket.on("message", (data: Buffer) => {
        const frame = data.toString();
        try {
          talk(frame);
        } catch (error) {
          reject(error);
        }
        for (const { channel, json } of protocol.messages(frame)) hear(channel, json);
      });
      socket.on("error", reject);
      socket.on("close", () => {
        clearTimeout(late);
        reject(new Error("the connection was closed"));
      });
    });
  }

  async function comeBack(dashboard: Dashboard): Promise<void> {
    if (away++ === 0) lostAt = performance.now();
    for (let attempt = 1; ; attempt++) {
      await sleep(backoff(attempt));
      try {
        await connect(dashboard);
        break;
      } catch {
        // Refused, or not there yet: it tries again, as a page does.
      }
    }
    watch(dashboard);
    if (--away === 0) process.send!({ type: "back", ms: performance.now() - lostAt });
  }

  function watch(dashboard: Dashboard): void {
    if (dashboard.isSlow) tcp(dashboard)?.pause();
    dashboard.socket.once("close", () => void comeBack(dashboard));
  }

  async function open(index: number): Promise<void> {
    const isSlow = (index * 7919) % 1_000 < slow * 1_000;
    const dashboard = { index, isSlow, answered: 0 } as Dashboard;
    dashboards.push(dashboard);
    await connect(dashboard);
    watch(dashboard);
  }

  process.on("message", async (message: { type: string; to?: number; shift?: number }) => {
    if (message.type === "grow") {
      const started = performance.now();
      const indexes = Array.from(
        { length: message.to! - dashboards.length },
        (_, i) => dashboards.length + i,
      );
      const next = indexes.values();
      await Promise.all(
        Array.from({ length: OPENING }, async () => {
          for (const index of next) await open(index);
        }),
      );
      process.send!({ type: "live", joinMs: performance.now() - started });
    } else if (message.type === "measure") {
      latencies = createHistogram();
      shift = message.shift ?? 0;
      messages = 0;
      bytesBefore = bytes();
    } else if (message.type === "tell") {
      process.send!({
        type: "counted",
        p50: latencies.percentile(50),
        p99: latencies.percentile(99),
        max: latencies.count ? latencies.max : 0,
        bytes: bytes() - bytesBefore,
        readers: dashboards.filter(({ isSlow }) => !isSlow).length,
        messages,
      });
    }
  });
  process.send!({ type: "ready" });
  await new Promise(() => {});
});
