import type { Socket as TcpSocket } from "node:net";
import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import { io, type Socket } from "socket.io-client";
import type { CompactMessage } from "../../packages/contract/src/live.ts";
import { runCommand } from "../../packages/runtime/src/command.ts";

/**
 * Dashboards of one process. Messages from the parent: {type: "grow", to} opens as many more as are missing and answers
 * {type: "live", joinMs} when all of them have their four snapshots; {type: "measure"} begins to count and {type: "tell"}
 * answers {type: "counted", p50, p99, max, bytes, readers, messages}: ms, and sums since then.
 */

/** What each asks, as the page does; every second dashboard is narrowed to a category. */
const questions = (index: number) => {
  const category = index % 2 ? { category: "category 1" } : {};
  return [
    ["totals", { compact: true }],
    ["overview", { tz: "UTC", compact: true, ...category }],
    ["leaderboard", { by: "posts", window: "5m", limit: 10, compact: true }],
    ["heatmap", { tz: "UTC", compact: true, ...category }],
  ] as const;
};

interface Dashboard {
  socket: Socket;
  isSlow: boolean;
}

/** Connections that are opened at once. */
const OPENING = 50;

await runCommand(async () => {
  const { URL: url, SLOW } = process.env;
  const slow = Number(SLOW);
  const dashboards: Dashboard[] = [];
  let latencies: RecordableHistogram = createHistogram();
  let messages = 0;
  let bytesBefore = 0;
  let away = 0;
  let lostAt = 0;

  const tcp = ({ socket }: Dashboard) =>
    (socket.io.engine?.transport as unknown as { ws?: { _socket?: TcpSocket } } | undefined)?.ws?._socket;
  const bytes = () =>
    dashboards.filter(({ isSlow }) => !isSlow).reduce((sum, one) => sum + (tcp(one)?.bytesRead ?? 0), 0);

  /** Asks the four questions of a connected dashboard. */
  const ask = (socket: Socket, index: number) =>
    Promise.all(
      questions(index).map(([channel, params]) =>
        socket.timeout(60_000).emitWithAck("subscribe", { channel, params }),
      ),
    );

  async function open(index: number): Promise<void> {
    const socket = io(url!, { transports: ["websocket"], forceNew: true, reconnectionDelayMax: 2_000 });
    const dashboard = { socket, isSlow: (index * 7919) % 1_000 < slow * 1_000 };
    dashboards.push(dashboard);
    socket.onAny((channel: string, message: CompactMessage<"totals">) => {
      if (dashboard.isSlow) return;
      messages++;
      if (channel !== "totals") return;
      const [freshnessMs] = message.data;
      // When the server read it; both processes share a clock.
      const readAt = Date.parse(message.as_of) + freshnessMs;
      latencies.record(Math.max(1, Math.round(Date.now() - readAt)));
    });
    await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
    await ask(socket, index);
    if (dashboard.isSlow) tcp(dashboard)?.pause();
    socket.on("disconnect", (reason) => {
      if (away++ === 0) lostAt = performance.now();
      // Said goodbye by the server, it is not opened again by itself; the page does as here.
      if (reason === "io server disconnect") socket.connect();
    });
    socket.on("connect", async () => {
      await ask(socket, index);
      if (--away === 0) process.send!({ type: "back", ms: performance.now() - lostAt });
    });
  }

  process.on("message", async (message: { type: string; to?: number }) => {
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
