const EVERY_MS = 200;

/** One line on the terminal that says how far `what` is; without a terminal, a line when it begins. */
export class Progress {
  private readonly what: string;
  private readonly total: number;
  private shownAt = 0;

  constructor(what: string, total = 0) {
    this.what = what;
    this.total = total;
    if (!process.stderr.isTTY) process.stderr.write(`${what}\n`);
    else this.show(0);
  }

  at(done: number): void {
    if (process.stderr.isTTY && Date.now() - this.shownAt > EVERY_MS) this.show(done);
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  }

  private show(done: number): void {
    this.shownAt = Date.now();
    const share = this.total ? ` ${Math.floor((100 * done) / this.total)}%` : "";
    process.stderr.write(`\r\x1b[K${this.what}${share}`);
  }
}
