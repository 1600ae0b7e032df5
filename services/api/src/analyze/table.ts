import { terminalText } from "@pulseboard/contract";
import type { Style } from "./style.ts";
import { fit, widthOf } from "./text.ts";

export interface Column<Row> {
  title: string;
  of: (row: Row, index: number) => string;
  align?: "left" | "right";
  /** Gives way when the table is too wide. */
  flexible?: true;
}

const GAP = 2;
const INDENT = "  ";
const LEAST_WIDTH = 8;

/** Rows in columns, no wider than the style allows as long as flexible ones can give way. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], style: Style): string {
  const cells = rows.map((row, index) => columns.map((column) => terminalText(column.of(row, index))));
  const widths = columns.map(({ title }, at) =>
    Math.max(widthOf(title), ...cells.map((row) => widthOf(row[at]!))),
  );
  const excess = () => INDENT.length + widths.reduce((sum, width) => sum + width + GAP, -GAP) - style.width;
  for (let at = 0; at < columns.length; at++)
    if (columns[at]!.flexible && excess() > 0) widths[at] = Math.max(LEAST_WIDTH, widths[at]! - excess());
  const line = (row: readonly string[]) =>
    INDENT +
    row
      .map((cell, at) => fit(cell, widths[at]!, columns[at]!.align ?? "left"))
      .join(" ".repeat(GAP))
      .trimEnd();
  return [style.dim(line(columns.map(({ title }) => title))), ...cells.map(line)]
    .map((text) => `${text}\n`)
    .join("");
}
