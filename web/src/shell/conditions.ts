import type { Condition } from "@pulseboard/contract";

/** What a condition means to a reader: what is so, and what becomes of the numbers. */
const WORDS: Record<string, [string, string]> = {
  fold: [
    "New events are not being counted.",
    "They are stored, and count once the operators have mended it.",
  ],
  clock: [
    "The clocks of the servers disagree.",
    "Numbers of the last minutes may be wrong until they agree.",
  ],
  open_transaction: [
    "Events wait for a sender that has not finished.",
    "They count when it has, or when Kafka ends its transaction.",
  ],
  set_aside: [
    "Some posts cannot be counted.",
    "Their engagements are kept apart; all other numbers are exact.",
  ],
  consumer_group: [
    "New events are not being stored here.",
    "Another system reads the same consumer group; the operators have to name one for each.",
  ],
  no_leader: [
    "Some events wait for Kafka.",
    "They count when their partition has a leader again; all others are counted.",
  ],
};

export interface ConditionWords {
  strong: string;
  rest: string;
  /** The numbers are good, but something is to be looked after. */
  mild: boolean;
}

const wordsOf = ({ condition, detail }: Condition): [string, string] =>
  WORDS[condition] ?? ["Something is to be looked after.", detail];

/** The conditions in one line, the blocking ones first, as the server orders them; null without any. */
export function conditionWords(conditions: readonly Condition[]): ConditionWords | null {
  const [first, ...others] = conditions;
  if (!first) return null;
  const [strong, rest] = wordsOf(first);
  return {
    strong,
    rest: [rest, ...others.map((other) => wordsOf(other)[0])].join(" "),
    mild: !first.blocks,
  };
}
