import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "../fault.ts";
import { inTime } from "./inTime.ts";

export const brokerFaults: Fault[] = [
  {
    kind: "broker-kill",
    description: "kill -9 of the broker in the middle of a burst, and started with its data",
    holds: ["broker"],
    async inject({ broker, publisher, lasting }, random, over) {
      const burst = publisher.burst(2_000);
      await sleep(random.integer(0, 400));
      await broker.kill9();
      const ms = random.integer(0, lasting(8_000, 1_500));
      await sleep(ms);
      over();
      await broker.restart();
      await burst;
      return `away for ${ms} ms`;
    },
  },
  {
    kind: "broker-freeze",
    description: "SIGSTOP of the broker, longer than a session of the group lasts, then SIGCONT",
    holds: ["broker"],
    async inject({ broker, publisher, lasting }, random, over) {
      const burst = publisher.burst(2_000);
      await sleep(random.integer(0, 400));
      const ms = random.integer(2_000, lasting(12_000, 3_000));
      broker.signal("SIGSTOP");
      await sleep(ms);
      broker.signal("SIGCONT");
      over();
      await burst;
      return `${ms} ms`;
    },
  },
  {
    kind: "cut-in-fetch",
    description: "a connection to the broker is cut in the middle of an answer that holds records",
    holds: ["ingest", "broker", "broker link"],
    async inject({ brokerLink, publisher }, random) {
      const shares: number[] = [];
      for (let time = random.integer(1, 3); time > 0; time--) {
        const share = random.integer(1, 99);
        const done = brokerLink.cutInFetch(share);
        await publisher.burst(1_000);
        await inTime(done, "records to be fetched").finally(() => brokerLink.disarm());
        shares.push(share);
      }
      return `after ${shares.map((share) => `${share} %`).join(", ")} of the answer`;
    },
  },
  {
    kind: "broker-silent",
    description:
      "the network to the broker swallows everything, longer than a session lasts, without closing",
    holds: ["broker link"],
    async inject({ brokerLink: { relay }, publisher, lasting }, random, over) {
      const burst = publisher.burst(2_000);
      await sleep(random.integer(0, 300));
      relay.stall();
      const ms = random.integer(2_000, lasting(15_000, 4_000));
      await sleep(ms);
      relay.resume();
      over();
      await burst;
      return `${ms} ms`;
    },
  },
];
