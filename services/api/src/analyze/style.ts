/** How the report may look: on a terminal with colours, and how wide. */
export interface Style {
  width: number;
  bold(text: string): string;
  dim(text: string): string;
  /** A field of the heatmap: `heat` from 0 (nothing) to 1 (the most), two columns wide. */
  field(heat: number): string;
}

const MOST_COLUMNS = 100;
const LEAST_COLUMNS = 80;
/** Of the 256 colours, from night to noon. */
const RAMP = [236, 17, 18, 19, 25, 31, 37, 43, 78, 113, 148, 184, 220];
const SHADES = [" ·", "░░", "▒▒", "▓▓", "██"];

const step = <T>(steps: readonly T[], heat: number): T =>
  steps[heat <= 0 ? 0 : Math.max(1, Math.ceil(heat * (steps.length - 1)))]!;

const shades = (heat: number): string => step(SHADES, heat);

/** @param colors how many the output shows: 0 unless it is a terminal, 256 for a heatmap in colours */
export function createStyle(columns: number | undefined, colors: 0 | 16 | 256): Style {
  const sgr = (code: string) => (text: string) => (colors ? `\u001b[${code}m${text}\u001b[0m` : text);
  return {
    width: Math.max(LEAST_COLUMNS, Math.min(columns ?? MOST_COLUMNS, MOST_COLUMNS)),
    bold: sgr("1"),
    dim: sgr("2"),
    field: colors === 256 ? (heat) => sgr(`48;5;${step(RAMP, heat)}`)("  ") : shades,
  };
}
