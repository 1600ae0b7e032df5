import { clock, formatFacts, type Level, parseEntry } from "./format.ts";

/** ANSI colours, one a part, so that an eye can follow one of them. */
const PART_COLOURS: Record<string, number> = {
  pulseboard: 97,
  postgres: 34,
  kafka: 35,
  ingest: 32,
  api: 36,
  web: 95,
  seed: 33,
  simulator: 90,
};
const LEVEL_COLOURS: Partial<Record<Level, number>> = { debug: 90, warn: 33, error: 31 };
const WIDTH = Math.max(...Object.keys(PART_COLOURS).map((name) => name.length));

export interface OutputOptions {
  colour: boolean;
  /** Stacks of errors, and everything that parts write about themselves. */
  verbose: boolean;
  write: (text: string) => void;
}

/** What the launcher and its parts say, a line each: `HH:MM:SS part  message key=value`. */
export class Output {
  readonly #options: OutputOptions;
  readonly verbose: boolean;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.verbose = options.verbose;
  }

  #paint(text: string, colour: number | undefined): string {
    return this.#options.colour && colour !== undefined ? `\u001b[${colour}m${text}\u001b[0m` : text;
  }

  say(part: string, message: string, level: Level = "info", time = new Date()): void {
    const marked =
      level === "warn" ? `warning: ${message}` : level === "error" ? `error: ${message}` : message;
    const name = this.#paint(part.padEnd(WIDTH), PART_COLOURS[part]);
    for (const line of marked.split("\n"))
      this.#options.write(
        `${this.#paint(clock(time), 90)} ${name}  ${this.#paint(line, LEVEL_COLOURS[level])}\n`,
      );
  }

  /** A line that a part wrote: a log entry as JSON, or anything else as it is. */
  relay(part: string, line: string): void {
    const entry = parseEntry(line);
    if (!entry) {
      if (line.trim()) this.say(part, line);
      return;
    }
    const facts = formatFacts(entry.facts, this.verbose);
    this.say(part, facts ? `${entry.message} ${facts}` : entry.message, entry.level, entry.time);
  }

  /** A result for people and programs to take, without anything before it. */
  result(line: string): void {
    this.#options.write(`${line}\n`);
  }
}
