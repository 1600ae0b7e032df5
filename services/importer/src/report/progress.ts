import { basename } from "node:path";

const FIRST_AFTER_MS = 2_000;
const number = new Intl.NumberFormat("en");

/** Says on stderr how far the import is, once it takes over two seconds: on a terminal one line that changes. */
export class Progress {
  private totalBytes: number;
  private readonly began = performance.now();
  private readonly timer: NodeJS.Timeout;
  private readonly terminal = process.stderr.isTTY === true;
  private said = false;
  private file = "";
  private rows = 0;
  private bytes = 0;
  private waiting = "";

  /** @param totalBytes of all files */
  constructor(totalBytes: number) {
    this.totalBytes = totalBytes;
    const everyMs = this.terminal ? 500 : 5_000;
    let next = FIRST_AFTER_MS;
    this.timer = setInterval(() => {
      if (performance.now() - this.began < next) return;
      next += everyMs;
      this.say();
    }, 250);
    this.timer.unref();
  }

  begin(path: string): void {
    this.file = basename(path);
  }

  /** A file of so many bytes has to be read once more. */
  again(bytes: number): void {
    this.totalBytes += bytes;
  }

  /** Nothing moves until something is there again; forgotten when it does. */
  waitsFor(error: unknown): void {
    this.waiting = `, waiting: ${(error as Error).message}`;
  }

  add(rows: number, bytes: number): void {
    this.waiting = "";
    this.rows += rows;
    this.bytes += bytes;
  }

  /** Ends the line, so that the next output begins one of its own. */
  stop(): void {
    clearInterval(this.timer);
    if (this.said && this.terminal) process.stderr.write("\r\u001b[K");
  }

  private say(): void {
    this.said = true;
    const seconds = (performance.now() - this.began) / 1_000;
    const percent = Math.floor((100 * this.bytes) / Math.max(this.totalBytes, 1));
    const line = `${percent}%  ${this.file}  ${number.format(this.rows)} rows, ${number.format(Math.round(this.rows / seconds))} rows/s${this.waiting}`;
    process.stderr.write(this.terminal ? `\r\u001b[K${line}` : `${line}\n`);
  }
}
