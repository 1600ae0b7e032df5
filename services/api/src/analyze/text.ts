/** Characters that a terminal draws over two columns. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const segments = new Intl.Segmenter("en", { granularity: "grapheme" });

const graphemes = (text: string): string[] => Array.from(segments.segment(text), ({ segment }) => segment);

/** Columns that the text takes. */
export const widthOf = (text: string): number =>
  graphemes(text).reduce((width, grapheme) => width + (WIDE.test(grapheme) ? 2 : 1), 0);

/** The text in as many columns, cut with an ellipsis where it needs more. */
export function fit(text: string, width: number, align: "left" | "right"): string {
  let cut = text;
  if (widthOf(text) > width) {
    cut = "";
    for (const grapheme of graphemes(text)) {
      if (widthOf(cut + grapheme) > width - 1) break;
      cut += grapheme;
    }
    cut += "…";
  }
  const padding = " ".repeat(width - widthOf(cut));
  return align === "left" ? cut + padding : padding + cut;
}

const whole = new Intl.NumberFormat("en");
const exact = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export const count = (value: number): string => whole.format(value);
export const decimal = (value: number): string => exact.format(value);

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A bar of at most `width` columns. */
export function bar(value: number, most: number, width: number): string {
  const eighths = most > 0 ? Math.round((value / most) * width * 8) : 0;
  return "█".repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}
