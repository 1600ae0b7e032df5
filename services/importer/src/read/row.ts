/** A row by its columns' names; a column that the file or the row does not have is absent, null is null. */
export interface Row {
  /** On which the row begins, the file's first being 1. */
  line: number;
  values: Record<string, unknown>;
}

/** What cannot be imported: where, which field ("" for the row as a whole), and what was expected. */
export interface Refused {
  line: number;
  field: string;
  expected: string;
}

export const isRefused = (row: object): row is Refused => "expected" in row;

/** Turns records of UTF-8 into rows; called without any at the end of the file. */
export type RecordReader = (records: { line: number; text: string }[]) => (Row | Refused)[];
