import { ConfigError } from "@pulseboard/runtime";

/** Where a message stood: written TOPIC/PARTITION/LOG/OFFSET. */
export interface Coordinates {
  topic: string;
  partition: number;
  log: number;
  offset: number;
}

const PATTERN = /^([a-zA-Z0-9._-]{1,249})\/(\d{1,9})\/(\d{1,9})\/(\d{1,15})$/;

export function parseCoordinates(text: string): Coordinates {
  const match = PATTERN.exec(text);
  if (!match)
    throw new ConfigError(
      `${JSON.stringify(text)}: expected TOPIC/PARTITION/LOG/OFFSET, as list shows them; see --help`,
    );
  return { topic: match[1]!, partition: Number(match[2]), log: Number(match[3]), offset: Number(match[4]) };
}

export const formatCoordinates = ({ topic, partition, log, offset }: Coordinates): string =>
  `${topic}/${partition}/${log}/${offset}`;

/** The four as columns, for unnest($n::text[], $n::integer[], $n::integer[], $n::bigint[]). */
export const coordinateColumns = (all: readonly Coordinates[]) => [
  all.map(({ topic }) => topic),
  all.map(({ partition }) => partition),
  all.map(({ log }) => log),
  all.map(({ offset }) => offset),
];
