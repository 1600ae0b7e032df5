import { CONDITIONS, type ConditionName } from "@pulseboard/contract";
import { Gauge, type Registry } from "@pulseboard/runtime";

/** Every name is there from the start, so that an alert has a series to compare. */
export function registerConditionMetric(registry: Registry, holds: (name: ConditionName) => boolean): void {
  new Gauge({
    name: "pulseboard_condition",
    help: "1 while this process finds that the condition holds",
    labelNames: ["condition"],
    registers: [registry],
    collect() {
      for (const condition of CONDITIONS) this.set({ condition }, holds(condition) ? 1 : 0);
    },
  });
}
