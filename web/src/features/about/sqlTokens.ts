/** What a piece of SQL is, for its colour. */
export type Kind = "comment" | "text" | "parameter" | "keyword" | "number" | "plain";
export interface Token {
  kind: Kind;
  text: string;
}

const KEYWORDS = new Set(
  `all and any array as asc between by case cast coalesce conflict create cross current desc distinct do else end except
  exists extract false filter first following for from full greatest group grouping having in inner insert intersect
  interval into is join last lateral least left like limit materialized not null nulls nullif offset on only or order
  outer over partition preceding range recursive returning right row rows select set sets table then to true unbounded
  union unnest update using values when where window with within zone at time`.split(/\s+/),
);

/**
 * Comments (nested ones too), quoted texts and names, dollar quotes, psql's parameters and meta commands, numbers and
 * words. A cast (::) is no parameter. What nothing matches is taken a character at a time, so no text is lost.
 */
const PIECES =
  /(?<comment>--[^\n]*|^\\[^\n]*)|(?<block>\/\*)|(?<text>'(?:[^']|'')*'?|\$(?<tag>\w*)\$[\s\S]*?\$\k<tag>\$)|(?<name>"(?:[^"]|"")*"?)|(?<cast>::)|(?<parameter>:(?:'\w+'|"\w+"|\{\?\w+\}|[a-z_]\w*)|\$\d+)|(?<word>[a-z_]\w*)|(?<number>\d+(?:\.\d+)?)|\s+|[\s\S]/gimu;

export function sqlTokens(sql: string): Token[] {
  const tokens: Token[] = [];
  const add = (kind: Kind, text: string) => {
    const last = tokens.at(-1);
    if (last?.kind === kind) last.text += text;
    else tokens.push({ kind, text });
  };
  PIECES.lastIndex = 0;
  for (let piece = PIECES.exec(sql); piece; piece = PIECES.exec(sql)) {
    const { comment, block, text, parameter, word, number } = piece.groups ?? {};
    if (block !== undefined) {
      const end = endOfBlock(sql, piece.index);
      add("comment", sql.slice(piece.index, end));
      PIECES.lastIndex = end;
    } else if (comment !== undefined) add("comment", comment);
    else if (text !== undefined) add("text", text);
    else if (parameter !== undefined) add("parameter", parameter);
    else if (number !== undefined) add("number", number);
    else if (word !== undefined && KEYWORDS.has(word.toLowerCase())) add("keyword", word);
    else add("plain", piece[0]);
  }
  return tokens;
}

/** Behind a block comment, which may hold others; the text's end when it is never closed. */
function endOfBlock(sql: string, from: number): number {
  let depth = 0;
  for (const mark of sql.slice(from).matchAll(/\/\*|\*\//g)) {
    depth += mark[0] === "/*" ? 1 : -1;
    if (depth === 0) return from + mark.index + 2;
  }
  return sql.length;
}
