import { compactParam, type LiveMessage } from "@pulseboard/contract";
import { runCommand } from "@pulseboard/runtime";
import { io, type Socket } from "socket.io-client";
import { monotonicMs } from "../clock.ts";
import type { FromDashboards, ToDashboards } from "./protocol.ts";

/** What the dashboard's first page asks. */
const QUESTIONS = [
  { channel: "totals", params: { compact: compactParam("totals") } },
  { channel: "overview", params: { tz: "UTC", compact: true } },
  { channel: "leaderboard", params: { by: "posts", window: "5m", limit: 10, compact: true } },
  { channel: "heatmap", params: { tz: "UTC", compact: true } },
];
/** Connections that are opened at a time. */
const OPENING = 20;
const ANSWER_MS = 60_000;

/** A process that opens dashboards. It tells when all of them have received a version. */
await runCommand(async () => {
  const send = (message: FromDashboards) => process.send!(message);
  process.on("disconnect", () => process.exit(0));
  process.on("SIGINT", () => {});
  const { url, key, count } = await new Promise<ToDashboards>((resolve) => process.once("message", resolve));

  const versions = new Float64Array(count).fill(-1);
  let shown = -1;
  let away = 0;

  function show(index: number, { version, as_of }: LiveMessage<"totals">): void {
    if (version <= versions[index]!) return;
    const wasLeast = versions[index] === shown;
    versions[index] = version;
    if (!wasLeast) return;
    const least = versions.reduce((a, b) => Math.min(a, b));
    if (least === shown) return;
    shown = least;
    send({ type: "shown", version: shown, at: monotonicMs(), asOf: Date.parse(as_of) });
  }

  const ask = (socket: Socket, index: number) =>
    Promise.all(
      QUESTIONS.map(async (question) => {
        const answer = await socket.timeout(ANSWER_MS).emitWithAck("subscribe", question);
        if (answer.error)
          throw new Error(`${question.channel}: ${answer.error.detail ?? answer.error.title}`);
        if (question.channel === "totals") show(index, answer);
      }),
    );

  async function open(index: number): Promise<void> {
    const socket = io(url, {
      transports: ["websocket"],
      forceNew: true,
      reconnectionDelayMax: 2_000,
      ...(key && { auth: { key } }),
    });
    socket.on("totals", (message: LiveMessage<"totals">) => show(index, message));
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("connect_error", (error) => reject(new Error(`${url}: ${error.message}`)));
    });
    await ask(socket, index);
    socket.on("disconnect", (reason) => {
      send({ type: "away", dashboards: ++away });
      // Sent away by the server, it does not come back by itself.
      if (reason === "io server disconnect") socket.connect();
    });
    socket.on("connect", () => {
      ask(socket, index).then(
        () => send({ type: "away", dashboards: --away }),
        // Without an answer it stays away, and the report says that it does not show what is new.
        () => socket.disconnect().connect(),
      );
    });
  }

  const next = Array.from({ length: count }, (_, index) => index).values();
  try {
    await Promise.all(
      Array.from({ length: OPENING }, async () => {
        for (const index of next) await open(index);
      }),
    );
  } catch (error) {
    send({ type: "failed", message: `a dashboard could not be opened: ${(error as Error).message}` });
    return;
  }
  send({ type: "open" });
  await new Promise(() => {});
});
