/** A text cut where a search is found in it. */
export interface Part {
  text: string;
  found: boolean;
}

/** As the search compares: without accents, in lower case. */
const fold = (text: string): string => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/**
 * Every place where a text holds what was searched, without regard to case and accents. The text is folded a character
 * at a time, so that each folded character knows where it came from: one may become several, or none.
 */
export function partsOf(text: string, searched: string): Part[] {
  const wanted = fold(searched.trim());
  if (wanted === "") return [{ text, found: false }];
  let folded = "";
  const from: number[] = [];
  const to: number[] = [];
  let at = 0;
  for (const character of text) {
    for (const unit of fold(character).split("")) {
      folded += unit;
      from.push(at);
      to.push(at + character.length);
    }
    at += character.length;
  }
  const parts: Part[] = [];
  let done = 0;
  for (let hit = folded.indexOf(wanted); hit !== -1; hit = folded.indexOf(wanted, hit + wanted.length)) {
    const start = from[hit] ?? 0;
    let end = to[hit + wanted.length - 1] ?? text.length;
    // Combining marks belong to the letter before them.
    while (/^\p{M}/u.test(text.slice(end))) end += String.fromCodePoint(text.codePointAt(end) ?? 0).length;
    if (start < done) continue;
    if (start > done) parts.push({ text: text.slice(done, start), found: false });
    parts.push({ text: text.slice(start, end), found: true });
    done = end;
  }
  if (done < text.length || parts.length === 0) parts.push({ text: text.slice(done), found: false });
  return parts;
}
