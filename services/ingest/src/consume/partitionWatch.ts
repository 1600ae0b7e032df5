import { delay, type Logger } from "@pulseboard/runtime";
import type { Offsets } from "../write/offsets.ts";
import type { Topic } from "./topic.ts";

/** as_of lags behind by up to this. */
const EVERY_MS = 250;

export interface PartitionWatchOptions {
  topic: Topic;
  offsets: Offsets;
  /** All partitions that the topic had at `at`, by performance.now(), have rows. */
  onSeen: (at: number) => void;
  logger: Logger;
}

/**
 * Looks for partitions that were added to the topic. A partition without a row holds nothing back, so as_of may not pass
 * the last look: an event of an added partition may have been acknowledged right after it.
 */
export class PartitionWatch {
  private readonly options: PartitionWatchOptions;

  constructor(options: PartitionWatchOptions) {
    this.options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const at = performance.now();
      try {
        await this.openAdded();
        this.options.onSeen(at);
      } catch (error) {
        this.options.logger.debug({ err: error }, "the topic's partitions are not known");
      }
      await delay(EVERY_MS, signal);
    }
  }

  private async openAdded(): Promise<void> {
    const { topic, offsets } = this.options;
    const partitions = await topic.partitions();
    const known = await offsets.places();
    const added = partitions.filter((partition) => !known.has(partition));
    if (added.length === 0) return;
    const bounds = await topic.bounds();
    for (const partition of added) {
      // Without a leader it has no log yet, and nobody was told that an event is in it.
      const low = bounds.get(partition)?.low;
      if (low !== undefined) await offsets.open(partition, low);
    }
  }
}
