import { once } from "node:events";

const FIRST_AFTER_MS = 2_000;
/** On a terminal one line that changes, else a line now and then. */
const EVERY_MS = process.stderr.isTTY ? 1_000 : 5_000;

/** Writes to stdout no faster than its reader takes it. */
export async function print(data: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(data)) await once(process.stdout, "drain");
}

export const number = (value: number): string => new Intl.NumberFormat("en").format(value);

/** Says on stderr how far the work is, once it has taken two seconds. */
export async function withProgress<T>(line: () => string, work: () => Promise<T>): Promise<T> {
  const [start, end] = process.stderr.isTTY ? ["\r\u001b[K", ""] : ["", "\n"];
  let said = false;
  let timer: NodeJS.Timeout;
  const say = () => {
    process.stderr.write(`${start}${line()} ...${end}`);
    said = true;
    timer = setTimeout(say, EVERY_MS);
  };
  timer = setTimeout(say, FIRST_AFTER_MS);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
    if (said) process.stderr.write(start);
  }
}

export const reading = <T>(work: () => Promise<T>): Promise<T> =>
  withProgress(() => "reading rejected events", work);
