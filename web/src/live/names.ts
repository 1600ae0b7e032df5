import { withoutDirections } from "@pulseboard/contract";

/** Members of answers that hold a title or a name. A category is left as it is: it is asked for by its name. */
const NAMES = new Set(["title", "name", "author", "author_name", "top_author", "label"]);

/**
 * Takes the control characters that turn the direction of writing out of the titles and names of an answer, in place: no
 * place of the page has to see to them.
 */
export function tameNames<T>(answer: T): T {
  if (typeof answer !== "object" || answer === null) return answer;
  const members = answer as Record<string, unknown>;
  for (const [key, value] of Object.entries(members))
    if (typeof value !== "string") tameNames(value);
    else if (NAMES.has(key)) members[key] = withoutDirections(value);
  return answer;
}
