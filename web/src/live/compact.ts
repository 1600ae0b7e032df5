import {
  applyCompact,
  type Channel,
  type ChannelData,
  COMPACT_CHANNELS,
  type CompactChannel,
  type CompactPart,
  type CompactState,
  type LiveMessage,
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
  begin(message: LiveMessage): ChannelData[C] {
    this.#held = undefined;
    return this.apply(message);
  }

  /** A later message. Throws when it says what changed of something that is not held. */
  apply(message: LiveMessage): ChannelData[C] {
    this.#held = applyCompact(this.#channel, this.#held, message as unknown as CompactPart<C>);
    const whole: unknown = this.#channel === "heatmap" ? patternCellsOf(this.#held as never) : this.#held;
    return whole as ChannelData[C];
  }
}
