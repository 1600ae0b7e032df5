import { statSync } from "node:fs";
import { ConfigError, parseOptions } from "@pulseboard/runtime";

/** The files that can be imported, in the order in which they are. */
export const FILES = ["authors", "posts", "users", "post-metadata", "engagements"] as const;
export type FileKind = (typeof FILES)[number];

export interface InputFile {
  kind: FileKind;
  path: string;
  bytes: number;
}

export interface Options {
  /** At least one, in the order of FILES. */
  files: InputFile[];
  dryRun: boolean;
  strict: boolean;
  errors: string | undefined;
  waitMs: number;
}

const DEFAULT_WAIT_SECONDS = "60";
const FLAG = { type: "boolean", default: false } as const;
const TEXT = { type: "string" } as const;

const wrong = (message: string) => new ConfigError(`${message}; see --help`);

/** @throws ConfigError with one line that says what was expected */
export function readOptions(args: string[]): Options {
  const { values } = parseOptions({
    args,
    options: {
      authors: TEXT,
      posts: TEXT,
      users: TEXT,
      "post-metadata": TEXT,
      engagements: TEXT,
      errors: TEXT,
      wait: { ...TEXT, default: DEFAULT_WAIT_SECONDS },
      "dry-run": FLAG,
      strict: FLAG,
    },
  });
  const files = FILES.flatMap((kind) => {
    const path = values[kind];
    return path === undefined ? [] : [{ kind, path, bytes: sizeOf(kind, path) }];
  });
  if (files.length === 0)
    throw wrong(`expected at least one of ${FILES.map((kind) => `--${kind}`).join(", ")}`);
  const { errors } = values;
  if (errors !== undefined && files.some(({ path }) => isSameFile(path, errors)))
    throw wrong("--errors: expected another file than those to import");
  const seconds = /^\d{1,5}$/.test(values.wait) ? Number(values.wait) : Number.NaN;
  if (!(seconds <= 86_400)) throw wrong("--wait: expected seconds, an integer from 0 to 86400");
  return { files, dryRun: values["dry-run"], strict: values.strict, errors, waitMs: seconds * 1_000 };
}

/** By whatever names: what is written there would be read no more. */
function isSameFile(path: string, other: string): boolean {
  const [a, b] = [path, other].map((name) => statSync(name, { throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}

function sizeOf(kind: FileKind, path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) throw wrong(`--${kind}: there is no file ${path}`);
  // It may have to be read twice, which a pipe cannot.
  if (!stat.isFile()) throw wrong(`--${kind}: expected a file, ${path} is none`);
  return stat.size;
}
