import { totalMicros } from "../../support/cpuMeter.ts";
import { median, table } from "../../support/report.ts";
import type { BrokerResult, IngestResult } from "../ingestResult.ts";
import { middle, percent, ratiosOf } from "./medians.ts";

/** c / a: kafkajs -> binary COPY by hand, without rollups, reached this share of the baseline. */
const PEER_BAR = 0.43;
const GOAL = 0.6;
const CPU_GOAL = 9;
const TAX_BAR = 0.15;
const FOLD_BAR = 1.2;

interface Verdict {
  what: string;
  found: string;
  bar: string;
  met: boolean;
}

/** The bars. One that is missed is said, no more: it depends on the machine. */
export function verdictTable(result: IngestResult): string {
  const all = [...result.brokers.flatMap(ofBroker), ...ofFolds(result)];
  return all.length
    ? table(
        ["bar", "found", "wanted", ""],
        all.map(({ what, found, bar, met }) => [what, found, bar, met ? "pass" : "MISS"]),
      )
    : "";
}

function ofBroker(result: BrokerResult): Verdict[] {
  const { baseline = [], live = [], raw = [], copy = [], unnest = [] } = result.parts;
  const rate = (run: { perSecond: number }) => run.perSecond;
  const found: Verdict[] = [];
  const atLeast = (what: string, ratios: number[], bar: number) => {
    if (ratios.length === 0) return;
    const each = ratios.length > 1 ? ` (${ratios.map((ratio) => ratio.toFixed(2)).join(" ")})` : "";
    const value = median(ratios);
    const line = `${what}, ${result.broker} broker`;
    found.push({ what: line, found: `${value.toFixed(3)}${each}`, bar: `>= ${bar}`, met: value >= bar });
  };
  atLeast("c / a", ratiosOf(live, baseline, rate), PEER_BAR);
  atLeast("c / a, the goal", ratiosOf(live, baseline, rate), GOAL);
  atLeast("c / kafkajs with binary COPY, no rollups", ratiosOf(live, copy, rate), 1);
  atLeast("c / kafkajs with insert unnest, no rollups", ratiosOf(live, unnest, rate), 1);
  if (live.length) {
    const cpu = middle(live, (run) => totalMicros(run.cpuMicros));
    const what = `c, CPU us an event of client, broker and PostgreSQL, ${result.broker} broker`;
    found.push({ what, found: cpu.toFixed(2), bar: `<= ${CPU_GOAL}`, met: cpu <= CPU_GOAL });
  }
  const kept = ratiosOf(live, raw, rate);
  if (kept.length) {
    const tax = 1 - median(kept);
    const what = `speed that the rollups cost, ${result.broker} broker`;
    found.push({ what, found: percent(tax), bar: `<= ${percent(TAX_BAR)}`, met: tax <= TAX_BAR });
  }
  return found;
}

function ofFolds({ fold }: IngestResult): Verdict[] {
  const [least, most] = [fold[0], fold.at(-1)];
  if (!least || !most || least === most) return [];
  const growth = most.milliseconds / least.milliseconds;
  const what = `fold with ${most.history} events of history / with ${least.history}`;
  return [{ what, found: growth.toFixed(2), bar: `<= ${FOLD_BAR}`, met: growth <= FOLD_BAR }];
}
