import { BROKERS, type BrokerKind } from "../support/brokers.ts";
import { Options } from "../support/options.ts";

export interface SoakOptions {
  minutes: number;
  broker: BrokerKind;
  /** Events a second; undefined to take a share of what ingest reaches on a backlog of `events`. */
  rate: number | undefined;
  share: number;
  events: number;
  sampleSeconds: number;
  /** Bytes of a partition that the broker keeps, about. */
  retentionBytes: number;
  skipAudit: boolean;
}

export const SOAK_HELP = `Usage: npm run bench -- soak [options]

Produces evenly for a long time into a broker, with the real ingest behind it, and watches the memory of every process,
how old the counts are, the lag and the disk; then holds every count against what was sent, and audits. Results: the
terminal, a line a minute, and bench/results/soak-TIME.json.

  --minutes N       how long (default 30)
  --rate N          events a second; without it --share of the peak, which is measured first
  --share F         of the peak, above 0 and up to 1 (default 0.5)
  --events N        backlog on which the peak is measured (default 1000000)
  --broker B        embedded or apache (default embedded)
  --retention N     MiB that the broker keeps of each of six partitions, about (default 256)
  --sample N        seconds between two looks (default 10)
  --skip-audit      leave out the audit at the end: it reads every event
  --help            this text

Exits with 1 when an event is lost or counted twice, or the audit finds a difference; memory that grows is printed.
`;

/** @returns undefined when help is asked for */
export function readSoakOptions(args: string[]): SoakOptions | undefined {
  const options = new Options(args, {
    minutes: "string",
    rate: "string",
    share: "string",
    events: "string",
    broker: "string",
    retention: "string",
    sample: "string",
    "skip-audit": "boolean",
  });
  if (options.flag("help")) return undefined;
  return {
    minutes: options.integer("minutes", 30, { to: 10_000 }),
    broker: options.one("broker", "embedded", BROKERS),
    rate: options.has("rate") ? options.integer("rate", 1, { to: 1_000_000 }) : undefined,
    share: options.fraction("share", 0.5, 1),
    events: options.integer("events", 1_000_000, { to: 20_000_000 }),
    sampleSeconds: options.integer("sample", 10, { to: 3_600 }),
    retentionBytes: options.integer("retention", 256, { from: 64, to: 100_000 }) * 2 ** 20,
    skipAudit: options.flag("skip-audit"),
  };
}
