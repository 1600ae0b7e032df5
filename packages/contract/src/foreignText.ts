/**
 * Titles and names come from outside. Text of others must not reorder, hide or compute what stands around it, wherever it is
 * shown: on the page, in a terminal, in a spreadsheet.
 */

/** Embeddings, overrides and isolates (UAX #9): they turn the direction of what follows them, beyond the text's end too. */
const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/g;
/** Letters and marks of scripts that run from right to left. */
const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const ISOLATE = "\u2068";
const END_OF_ISOLATE = "\u2069";

/** The text without the control characters that turn the direction of writing. Its letters keep their own. */
export const withoutDirections = (text: string): string => text.replace(DIRECTIONS, "");

/**
 * The text for the middle of a sentence, a label or an attribute, where no `<bdi>` can stand: what runs from right to left
 * is isolated, so that the words and numbers around it stay where they are.
 */
export function isolated(text: string): string {
  const plain = withoutDirections(text);
  return RIGHT_TO_LEFT.test(plain) ? ISOLATE + plain + END_OF_ISOLATE : plain;
}

/** The text for a terminal: what moves the cursor, or the order of letters, becomes a question mark. */
export const terminalText = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");

/**
 * What a spreadsheet would take for a formula: also in the full-width forms that some turn into the plain ones, and
 * behind blanks and control characters that some pass over.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what hides a formula
const FORMULA = /^[\s\0-\x1f]*[=+\-@＝＋－＠]|^[\t\r\n]/;

/** The text as a cell of CSV: one that could be a formula gets a single quote in front, and none turns the direction. */
export function cellText(text: string): string {
  const plain = withoutDirections(text);
  return FORMULA.test(plain) ? `'${plain}` : plain;
}
