import {
  applyCompact,
  type Channel,
  type ChannelData,
  COMPACT_CHANNELS,
  type CompactChannel,
  type CompactState,
  patternCellsOf,
} from "@pulseboard/contract";

export const isCompact = (channel: Channel): channel is CompactChannel =>
  (COMPACT_CHANNELS as readonly Channel[]).includes(channel);

/** A subscription's data, whole or as what changed, made into what REST answers. */
export class CompactData<C extends CompactChannel> {
  readonly #channel: C;
  #held: CompactState[C] | undefined;

  constructor(channel: C) {
    this.#channel = channel;
  }

  /** The first message of a subscription, which is whole. */
  begin(data: unknown): ChannelData[C] {
    this.#held = undefined;
    return this.apply(data);
  }

  /** A later message. Throws when it says what changed of something that is not held. */
  apply(data: unknown): ChannelData[C] {
    this.#held = applyCompact(this.#channel, this.#held, data as never);
    const whole: unknown = this.#channel === "heatmap" ? patternCellsOf(this.#held as never) : this.#held;
    return whole as ChannelData[C];
  }
}
