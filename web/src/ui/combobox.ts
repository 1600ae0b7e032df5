export interface Option {
  value: string;
  label: string;
  /** Told behind the label, as an author's category. */
  note?: string;
}

/** Without regard to case, accents and the underscores of zone names. */
export const folded = (text: string): string =>
  text.normalize("NFKD").replace(/\p{M}/gu, "").replaceAll("_", " ").toLowerCase().trim();

/** The options that hold every word of a text, those that begin with it first; all of them for no text. */
export function matching(options: readonly Option[], text: string, limit: number): Option[] {
  const words = folded(text).split(/\s+/).filter(Boolean);
  const found = options.flatMap((option) => {
    const label = folded(option.label);
    if (!words.every((word) => label.includes(word))) return [];
    const place = words.length === 0 || label.startsWith(words[0]!) ? 0 : 1;
    return [{ option, place }];
  });
  return found
    .sort((a, b) => a.place - b.place)
    .slice(0, limit)
    .map(({ option }) => option);
}

/** Where a key moves the active option of a list of `count`; -1 is none. Null for a key that moves nothing. */
export function moved(active: number, key: string, count: number): number | null {
  if (key !== "ArrowDown" && key !== "ArrowUp") return null;
  if (count === 0) return -1;
  if (key === "ArrowDown") return active >= count - 1 ? 0 : active + 1;
  return active <= 0 ? count - 1 : active - 1;
}
