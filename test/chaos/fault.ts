import type { Random } from "./random.ts";
import type { World } from "./world.ts";

/** What a fault needs for itself: two faults overlap only when they hold nothing in common. */
export type Part = "ingest" | "database" | "database link" | "broker" | "broker link" | "traffic" | "clocks";

export const EVERYTHING: readonly Part[] = [
  "ingest",
  "database",
  "database link",
  "broker",
  "broker link",
  "traffic",
  "clocks",
];

export interface Fault {
  kind: string;
  /** For --help and the docs: what it does. */
  description: string;
  holds: readonly Part[];
  /** Why it cannot be injected here; undefined where it can. */
  unavailable?(world: World): string | undefined;
  /**
   * Injects the fault and ends it; events are published all the time.
   * @param over called when the fault itself has ended, where getting over it begins before all is done
   * @returns what was drawn
   * @throws when the moment for it never came, or something did not do what it must
   */
  inject(world: World, random: Random, over: () => void): Promise<string>;
}
