import { count, type Machine, machineLine, table } from "../support/report.ts";
import type { EndpointCost } from "./measure.ts";
import type { Size } from "./options.ts";

export interface SizeResult extends Size {
  endpoints: EndpointCost[];
  /** Resident memory of the API at the end, MB. */
  apiMegabytes: number;
  /** Of a fold of 1,000 new events, median. */
  foldMilliseconds: number;
}

export interface ApiResult {
  machine: Machine;
  seconds: number;
  versions: number;
  sizes: SizeResult[];
}

const HEADER = [
  "",
  "p50",
  "p99",
  "requests/s",
  "new version p50",
  "slowest",
  "8 clients p50",
  "p99",
  "requests/s",
  "from raw",
];

const ms = (value: number) => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
const sizeName = ({ posts, history }: Size) => `${count(history)} engagements, ${count(posts)} posts`;

export function sizeTable(result: SizeResult): string {
  const rows = result.endpoints.map(({ endpoint, one, cold, eight, rawMilliseconds }) => [
    endpoint,
    ms(one.p50),
    ms(one.p99),
    count(one.perSecond),
    ms(cold.p50),
    ms(cold.max),
    ms(eight.p50),
    ms(eight.p99),
    count(eight.perSecond),
    rawMilliseconds === undefined ? "> 120 s" : ms(rawMilliseconds),
  ]);
  return `${sizeName(result)} (API ${count(result.apiMegabytes)} MB, a fold ${count(result.foldMilliseconds)} ms)\n${table(HEADER, rows)}`;
}

const worst = (costs: EndpointCost[], of: (cost: EndpointCost) => number) =>
  costs.reduce((most, cost) => (of(cost) > of(most) ? cost : most));
const least = (costs: EndpointCost[], of: (cost: EndpointCost) => number) =>
  worst(costs, (cost) => -of(cost));

/** The bars, each with the endpoint that is nearest to it. */
function verdicts(sizes: SizeResult[]): string[] {
  const lines = sizes.flatMap((size) => {
    const p99 = worst(size.endpoints, ({ one }) => one.p99);
    const cold = worst(size.endpoints, ({ cold }) => cold.p99);
    const cached = least(
      size.endpoints.filter(({ cached }) => cached),
      ({ eight }) => eight.perSecond,
    );
    const say = (held: boolean, text: string) => `${held ? "held  " : "MISSED"}  ${sizeName(size)}: ${text}`;
    return [
      say(p99.one.p99 <= 5, `p99 at one client <= 5 ms; the slowest, ${p99.endpoint}, ${ms(p99.one.p99)}`),
      say(cold.cold.p99 <= 20, `new version <= 20 ms; the slowest, ${cold.endpoint}, ${ms(cold.cold.p99)}`),
      say(
        cached.eight.perSecond >= 2_000,
        `>= 2,000 cached answers/s at eight clients; the slowest, ${cached.endpoint}, ${count(cached.eight.perSecond)}`,
      ),
    ];
  });
  const alike = sizes.filter(({ posts }) => posts === sizes[0]?.posts).sort((a, b) => a.history - b.history);
  const [small, large] = [alike[0], alike.at(-1)];
  if (!small || !large || large === small) return lines;
  const growth = large.endpoints.map((cost, index) => ({
    endpoint: cost.endpoint,
    one: cost.one.p50 / small.endpoints[index]!.one.p50,
    cold: cost.cold.p50 / small.endpoints[index]!.cold.p50,
  }));
  for (const [key, what] of [
    ["one", "p50 at one client"],
    ["cold", "p50 of a new version"],
  ] as const) {
    const most = growth.reduce((a, b) => (b[key] > a[key] ? b : a));
    lines.push(
      `${most[key] <= 1.5 ? "held  " : "MISSED"}  ${count(large.history)} within 1.5 x of ${count(small.history)}, ${what}; ` +
        `the largest, ${most.endpoint}, ${most[key].toFixed(2)}`,
    );
  }
  return lines;
}

export const apiReport = ({ machine, sizes }: ApiResult): string =>
  [
    machineLine(machine),
    "One API process; ms. p50, p99, requests/s: one client, a fold of 1,000 events every second. New version: the first",
    "answer after a fold. 8 clients: an answer that is cached, no folds. From raw: one aggregate of the raw rows, no index.",
    "",
    ...verdicts(sizes),
    "",
  ].join("\n");
