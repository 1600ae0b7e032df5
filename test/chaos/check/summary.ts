/** How many of a kind are told one by one. */
const EXAMPLES = 5;

/** One deviation for all of a kind, with examples; none when there are none. */
export function summary(what: string, examples: string[]): string[] {
  if (examples.length === 0) return [];
  return [`${examples.length} ${what}, such as ${examples.slice(0, EXAMPLES).join("; ")}`];
}
