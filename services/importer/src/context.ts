import { isTransientDatabaseError, retry } from "@pulseboard/runtime";
import type pg from "pg";
import { References } from "./catalogue/references.ts";
import type { Refused } from "./read/row.ts";
import type { Progress } from "./report/progress.ts";
import type { Refusals } from "./report/refusals.ts";

/** What the import of one file works with. */
export interface Context {
  pool: pg.Pool;
  references: { authors: References; posts: References };
  refusals: Refusals;
  progress: Progress;
  dryRun: boolean;
  /** A database that is away is tried again for so long, ms. */
  waitMs: number;
}

/** What became of the rows of a file. */
export interface Outcome {
  file: string;
  rows: number;
  added: number;
  changed: number;
  published: number;
  /** Rows of erased users. */
  erased: number;
  refused: number;
}

export const newOutcome = (file: string): Outcome => ({
  file,
  rows: 0,
  added: 0,
  changed: 0,
  published: 0,
  erased: 0,
  refused: 0,
});

export const newReferences = () => ({
  authors: new References("authors", "author_id"),
  posts: new References("posts", "post_id"),
});

/** Tries until the database is there, for so long. */
export function patiently<T>({ waitMs, progress }: Context, body: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + waitMs;
  return retry(body, {
    isTransient: (error) => isTransientDatabaseError(error) && performance.now() < deadline,
    onRetry: (error) => progress.waitsFor(error),
  });
}

/** Keeps count of a refused row. */
export function refuse(context: Context, path: string, outcome: Outcome, refused: Refused): void {
  outcome.refused++;
  context.refusals.add(path, refused);
}
