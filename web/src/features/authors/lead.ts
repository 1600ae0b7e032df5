import type { AuthorListRow, Segment } from "@pulseboard/contract";
import { figure, full, percent } from "../../ui/format.ts";

const COACHED: Segment = "High Volume, Low Engagement";

/**
 * What there is to coach among the authors, in a sentence.
 *
 * @param segments authors of each, of the category that is chosen
 * @param best the authors whom coaching would add most, highest first
 * @param scope 'in Tech ' or nothing
 * @param until up to when the numbers are, once they are no longer current
 */
export function authorsLead(
  segments: readonly { segment: Segment; authors: number }[],
  best: readonly Pick<AuthorListRow, "author_id" | "name" | "opportunity_score">[],
  scope: string,
  until: string | null,
): { strong: string; rest: string } {
  const all = segments.reduce((sum, { authors }) => sum + authors, 0);
  if (all === 0) return { strong: `No authors ${scope}yet.`, rest: "" };
  const coached = segments.find(({ segment }) => segment === COACHED)?.authors ?? 0;
  const past = until !== null;
  const at = past ? ` at ${until}` : "";
  const one = past
    ? `wrote often and was read less than the peers${at}`
    : "writes often and is read less than the peers";
  const many = past
    ? `wrote often and were read less than their peers${at}`
    : "write often and are read less than their peers";
  const noun = all === 1 ? "author" : "authors";
  if (coached === 0) {
    return {
      strong: `None of ${full(all)} ${noun} ${scope}${one}.`,
      rest: "Coaching begins with 10 posts in 90 days and an average below the category's median.",
    };
  }
  const strong =
    coached === 1
      ? `1 of ${full(all)} ${noun} ${scope}${one}.`
      : `${full(coached)} of ${full(all)} ${noun} ${scope}${many}.`;
  const gain = best.reduce((sum, { opportunity_score: score }) => sum + score, 0);
  if (gain === 0) return { strong, rest: "" };
  const whole = best.length === coached;
  const top = best.slice(0, 3).reduce((sum, { opportunity_score: score }) => sum + score, 0);
  const share = whole && coached > 3 ? `, ${percent(top, gain)} of it by three of them` : "";
  return {
    strong,
    rest: `Reaching the median would ${past ? "have added" : "add"} ${whole ? "" : "more than "}${figure(gain)}${share}.`,
  };
}
