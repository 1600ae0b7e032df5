import type { Fault } from "../fault.ts";
import { recovered } from "../recovery.ts";

export const retentionFaults: Fault[] = [
  {
    kind: "months-expire",
    description: "fewer months are kept, while events are published into those that expire",
    holds: ["traffic"],
    async inject(world, random) {
      const { housekeeping, publisher, traffic } = world;
      const { months } = housekeeping.retention;
      const old = Array.from({ length: 3 }, () => random.integer(Math.floor(months / 2), months));
      const late = () => Array.from({ length: 200 }, () => traffic.monthsAgo(random.pick(old)));
      await publisher.send(late());
      await recovered(world);
      const step = housekeeping.tighten();
      for (let round = world.lasting(5, 2); round > 0; round--) await publisher.send(late());
      await housekeeping.finished(async () => {});
      return step ? `${step.from} kept, now ${step.to}` : `${months} kept`;
    },
  },
];
