import { closeSync, openSync, writeSync } from "node:fs";
import { basename } from "node:path";
import { terminalText } from "@pulseboard/contract";
import type { Refused } from "../read/row.ts";

/** So many are shown; the rest is in the file of --errors. */
const SHOWN = 20;
const BUFFERED = 64 << 10;

/** What was refused, counted, the first of it kept to be shown, and all of it written to a file when one is asked for. */
export class Refusals {
  count = 0;
  private readonly shown: string[] = [];
  private readonly file: number | undefined;
  private buffer = "";

  /** @param path of NDJSON: file, line, field, expected */
  constructor(path: string | undefined) {
    this.file = path === undefined ? undefined : openSync(path, "w");
  }

  add(path: string, { line, field, expected }: Refused): void {
    this.count++;
    const file = basename(path);
    if (this.shown.length < SHOWN)
      this.shown.push(
        `${terminalText(`${file}:${line}: ${field ? `${field}: ` : ""}expected ${expected}`)}\n`,
      );
    if (this.file === undefined) return;
    this.buffer += `${JSON.stringify({ file, line, field, expected })}\n`;
    if (this.buffer.length > BUFFERED) this.flush(this.file);
  }

  /** The first of them, a line each, and how many there are besides. */
  text(): string {
    const more = this.count - this.shown.length;
    const where = this.file === undefined ? "; --errors FILE writes them all" : "";
    return this.shown.join("") + (more > 0 ? `and ${more} more${where}\n` : "");
  }

  close(): void {
    if (this.file === undefined) return;
    this.flush(this.file);
    closeSync(this.file);
  }

  private flush(file: number): void {
    writeSync(file, this.buffer);
    this.buffer = "";
  }
}
