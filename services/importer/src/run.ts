import { ConfigError, checkDatabase, createPool, sqlState } from "@pulseboard/runtime";
import { importCatalogue } from "./catalogue/importCatalogue.ts";
import { type Config, readConfig } from "./config.ts";
import { type Context, newReferences, type Outcome, patiently } from "./context.ts";
import { importEngagements } from "./engagements/importEngagements.ts";
import { connectPublisher, type Publisher } from "./engagements/publisher.ts";
import type { FileKind, InputFile, Options } from "./options.ts";
import { readRows } from "./read/rows.ts";
import { Progress } from "./report/progress.ts";
import { Refusals } from "./report/refusals.ts";
import { summary } from "./report/summary.ts";
import { AUTHORS, POST_METADATA, POSTS, USERS } from "./tables/catalogue.ts";
import { ENGAGEMENTS } from "./tables/engagements.ts";
import type { CatalogueTable } from "./tables/table.ts";

const CATALOGUE: Record<Exclude<FileKind, "engagements">, CatalogueTable> = {
  authors: AUTHORS,
  posts: POSTS,
  users: USERS,
  "post-metadata": POST_METADATA,
};

/** @throws an error of one line when any row was refused */
export async function run(options: Options): Promise<void> {
  const { files, dryRun, strict } = options;
  const publishes = !dryRun && files.some(({ kind }) => kind === "engagements");
  const config = await readConfig({ publishes });
  for (const file of files) await readHeader(file);
  if (strict && !dryRun) {
    const { refused } = await importFiles({ ...options, dryRun: true }, config);
    if (refused > 0) throw refusedRows(refused, "nothing was imported");
  }
  const { refused, text } = await importFiles(options, config);
  process.stdout.write(text);
  if (refused > 0) throw refusedRows(refused, dryRun ? "this was a dry run" : "all others were imported");
}

const refusedRows = (count: number, what: string): Error =>
  new ConfigError(`${count} ${count === 1 ? "row was" : "rows were"} refused; ${what}`);

/** What the database says when it is not ours, or not for this login. */
const REFUSALS: Record<string, string> = {
  "42P01": "the database is not up to date: run npm run migrate first",
  "42501": "the database login may not write the catalogue: use its owner's",
};

const explained = (error: unknown): unknown => {
  const refusal = REFUSALS[sqlState(error) ?? ""];
  return refusal ? new ConfigError(`${refusal} (${(error as Error).message})`) : error;
};

/** A file with the wrong header ends the import before anything is written. */
async function readHeader({ path, kind }: InputFile): Promise<void> {
  for await (const _ of readRows(path, kind === "engagements" ? ENGAGEMENTS : CATALOGUE[kind])) return;
}

async function importFiles(options: Options, config: Config): Promise<{ refused: number; text: string }> {
  const { files, dryRun, waitMs, errors } = options;
  const pool = createPool({ databaseUrl: config.databaseUrl, applicationName: "pulseboard-import", max: 2 });
  const refusals = new Refusals(errors);
  const progress = new Progress(files.reduce((sum, { bytes }) => sum + bytes, 0));
  const context: Context = { pool, references: newReferences(), refusals, progress, dryRun, waitMs };
  let publisher: Publisher | undefined;
  const outcomes: Outcome[] = [];
  try {
    await patiently(context, () => checkDatabase(config.databaseUrl));
    for (const file of files) {
      progress.begin(file.path);
      if (file.kind !== "engagements") {
        outcomes.push(await importCatalogue(context, file, CATALOGUE[file.kind]));
        continue;
      }
      if (config.kafka && !dryRun)
        publisher = await connectPublisher({
          settings: config.kafka,
          topic: config.topic,
          waitMs,
          onRetry: (error) => progress.waitsFor(error),
        });
      outcomes.push(await importEngagements(context, file, publisher));
    }
  } catch (error) {
    throw explained(error);
  } finally {
    progress.stop();
    process.stderr.write(refusals.text());
    refusals.close();
    await publisher?.close();
    await pool.end();
  }
  return { refused: refusals.count, text: summary(outcomes, { dryRun }) };
}
