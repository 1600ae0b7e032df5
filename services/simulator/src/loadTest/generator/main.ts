import { runCommand } from "@pulseboard/runtime";
import { createLoad } from "../load.ts";
import { createHttpSender } from "./httpSender.ts";
import { connectKafkaSender } from "./kafkaSender.ts";
import { SendLedger } from "./ledger.ts";
import { runOpenLoop } from "./openLoop.ts";
import type { FromGenerator, ToGenerator } from "./protocol.ts";

/** What became of messages is told so often. */
const TELL_MS = 25;
const TICK_MS = { kafka: 5, http: 20 };
/** After the last message, for answers; kafkajs gives up after 30 s. */
const SETTLE_MS = 35_000;

/** The process that makes and sends the load, so that measuring does not take the CPU of sending, nor the reverse. */
await runCommand(async () => {
  const send = (message: FromGenerator) => process.send!(message);
  const stopping = new AbortController();
  process.on("disconnect", () => process.exit(0));
  // A terminal's Ctrl-C reaches all processes; the one that measures says when to stop.
  process.on("SIGINT", () => {});

  const next = <T extends ToGenerator["type"]>(type: T) =>
    new Promise<Extract<ToGenerator, { type: T }>>((resolve) => {
      process.on("message", (message: ToGenerator) => {
        if (message.type === type) resolve(message as Extract<ToGenerator, { type: T }>);
      });
    });
  void next("stop").then(() => stopping.abort());
  const prepared = next("prepare");
  const started = next("go");

  const { source, target, warmUpMs } = await prepared;
  const ledger = new SendLedger(warmUpMs);
  const plan = createLoad(source).createPlan();
  const sender = target.http
    ? createHttpSender(target.http, ledger)
    : await connectKafkaSender(target, ledger);
  send({ type: "ready" });
  const { startAt, startedAtEpochMs } = await started;
  const telling = setInterval(() => send(ledger.take()), TELL_MS);
  const tickMs = TICK_MS[target.http ? "http" : "kafka"];
  await runOpenLoop({
    plan,
    sender,
    ledger,
    startAt,
    startedAtEpochMs,
    tickMs,
    signal: stopping.signal,
  });
  // Told to stop now, after the last event, it waits for no more answers.
  const wasStopped = stopping.signal.aborted;
  const isTold = () => stopping.signal.aborted && !wasStopped;
  const deadline = performance.now() + SETTLE_MS;
  while (ledger.inFlight > 0 && performance.now() < deadline && !isTold())
    await new Promise((resolve) => setTimeout(resolve, TELL_MS));
  clearInterval(telling);
  ledger.abandon(
    `no answer ${isTold() ? "until Ctrl-C" : `within ${SETTLE_MS / 1_000} s of the last event`}`,
  );
  send(ledger.take());
  send({ type: "done", states: ledger.allStates() });
  await sender.close();
});
