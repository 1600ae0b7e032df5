import { InvalidArgumentError } from "commander";

export interface Range {
  min?: number;
  /** The least value itself is not allowed. */
  above?: number;
  max: number;
  integer?: boolean;
}

function describe({ min, above, max, integer }: Range): string {
  const kind = integer ? "an integer" : "a number";
  return above === undefined ? `${kind} from ${min ?? 0} to ${max}` : `${kind} above ${above}, up to ${max}`;
}

/** A plain decimal in the range, or undefined; nothing is coerced: no sign, no exponent, no hex, no blanks. */
export function parseNumber(text: string, range: Range): number | undefined {
  if (!(range.integer ? /^\d{1,15}$/ : /^\d{1,15}(\.\d{1,9})?$/).test(text)) return undefined;
  const value = Number(text);
  const { min = 0, above = Number.NEGATIVE_INFINITY, max } = range;
  return value >= min && value > above && value <= max ? value : undefined;
}

/** A commander option parser that says what was expected. */
export const numberOption =
  (range: Range) =>
  (text: string): number => {
    const value = parseNumber(text, range);
    if (value === undefined) throw new InvalidArgumentError(`Expected ${describe(range)}.`);
    return value;
  };
