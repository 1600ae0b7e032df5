import type { Logger } from "@pulseboard/runtime";

export type Facts = Record<string, number | string>;

export interface Progress {
  /** Ends the reports with a last one. */
  finish(message: string): void;
  /** Ends the reports without one. */
  cancel(): void;
}

const number = new Intl.NumberFormat("en");

/** `sent 1,234  acknowledged 1,200` */
export const factsLine = (facts: Facts): string =>
  Object.entries(facts)
    .map(([name, value]) => `${name} ${typeof value === "number" ? number.format(value) : value}`)
    .join("  ");

/** Reports from time to time: on a terminal one line that changes, else a log line. */
export function startProgress(options: {
  title: string;
  facts: () => Facts;
  terminal: boolean;
  logger: Logger;
  everyMs?: number;
}): Progress {
  const { title, facts, terminal, logger } = options;
  const show = () => {
    if (terminal) process.stdout.write(`\r\u001b[K${title}: ${factsLine(facts())}`);
    else logger.info(facts(), title);
  };
  const timer = setInterval(show, options.everyMs ?? (terminal ? 1_000 : 5_000));
  const cancel = () => clearInterval(timer);
  return {
    cancel,
    finish(message) {
      cancel();
      if (terminal) process.stdout.write(`\r\u001b[K${message}: ${factsLine(facts())}\n`);
      else logger.info(facts(), message);
    },
  };
}
