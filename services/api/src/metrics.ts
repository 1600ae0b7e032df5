import { CONDITIONS, type Condition, type LiveStats } from "@pulseboard/contract";
import { Counter, createRegistry, Gauge, Histogram, type Registry, within } from "@pulseboard/runtime";
import type pg from "pg";
import { MAX_WAITING_BYTES } from "./events/producer.ts";

export interface Metrics {
  registry: Registry;
  requestSeconds: Histogram<"route" | "method" | "status">;
  httpAnswers: Counter<"class">;
  answers: Counter<"question" | "source">;
  livePasses: Histogram;
  pushes: Counter<"channel">;
  events: Counter<"result">;
}

export interface Observed {
  pools: Record<"read" | "write", pg.Pool>;
  liveStats: () => Promise<LiveStats>;
  conditions: () => Condition[];
  exports: () => number;
  sockets: () => number;
  polls: () => number;
  subscriptions: () => number;
  parameterSets: () => number;
  /** Events taken from clients and not yet acknowledged by Kafka. */
  eventsInFlight: () => number;
  outboxBytes: () => number;
}

/** Classes of HTTP statuses. */
export const ANSWER_CLASSES = ["2xx", "3xx", "4xx", "5xx"];

/** A scrape waits no longer than this for the database. */
const STATS_TIMEOUT_MS = 1_000;

export function createMetrics(): Metrics {
  const registry = createRegistry("api");
  const registers = [registry];
  const events = new Counter({
    name: "pulseboard_events_total",
    help: "Events of POST /events: accepted (acknowledged by Kafka), rejected (invalid), failed (not acknowledged)",
    labelNames: ["result"],
    registers,
  });
  for (const result of ["accepted", "rejected", "failed"]) events.inc({ result }, 0);
  return {
    registry,
    requestSeconds: new Histogram({
      name: "pulseboard_http_request_seconds",
      help: "Time from a request's head to the end of its answer",
      labelNames: ["route", "method", "status"],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    httpAnswers: new Counter({
      name: "pulseboard_http_answers_total",
      help: "Answers by the class of their status (2xx), those of /readyz left out",
      labelNames: ["class"],
      registers,
    }),
    answers: new Counter({
      name: "pulseboard_answers_total",
      help: "Answers of the read layer by question, and whether they came from the cache",
      labelNames: ["question", "source"],
      registers,
    }),
    livePasses: new Histogram({
      name: "pulseboard_live_pass_seconds",
      help: "Time to bring every subscribed parameter set to one version",
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
      registers,
    }),
    pushes: new Counter({
      name: "pulseboard_live_pushes_total",
      help: "Live messages handed to a socket's transport",
      labelNames: ["channel"],
      registers,
    }),
    events,
  };
}

/** Gauges of what lives elsewhere, read when scraped. */
export function observe({ registry }: Metrics, observed: Observed): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  gauge("pulseboard_live_sockets", "Connected sockets", observed.sockets);
  gauge("pulseboard_live_polls", "Requests that wait for a newer version", observed.polls);
  gauge("pulseboard_live_subscriptions", "Subscriptions of all sockets", observed.subscriptions);
  gauge("pulseboard_live_parameter_sets", "Distinct subscriptions", observed.parameterSets);
  gauge("pulseboard_events_in_flight", "Events waiting for Kafka", observed.eventsInFlight);
  gauge("pulseboard_outbox_bytes", "What the events waiting for Kafka weigh", observed.outboxBytes);
  gauge("pulseboard_outbox_max_bytes", "At which POST /events answers 503", () => MAX_WAITING_BYTES);
  gauge("pulseboard_exports_running", "Raw exports under way", observed.exports);
  observePools(registry, observed.pools);
  observeStats(registry, observed.liveStats);
  observeConditions(registry, observed.conditions);
}

/** The known names are there from the start, so that an alert has a series to compare. */
function observeConditions(registry: Registry, conditions: Observed["conditions"]): void {
  new Gauge({
    name: "pulseboard_condition",
    help: "1 while the condition holds, as any process finds it",
    labelNames: ["condition"],
    registers: [registry],
    collect() {
      this.reset();
      for (const condition of CONDITIONS) this.set({ condition }, 0);
      for (const { condition } of conditions()) this.set({ condition }, 1);
    },
  });
}

function observePools(registry: Registry, pools: Observed["pools"]): void {
  const gauge = (name: string, help: string, read: (pool: pg.Pool) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ["pool"],
      registers: [registry],
      collect() {
        for (const [pool, counts] of Object.entries(pools)) this.set({ pool }, read(counts));
      },
    });
  gauge("pulseboard_pool_connections", "Database connections", (pool) => pool.totalCount);
  gauge("pulseboard_pool_max", "Database connections at most", (pool) => pool.options.max);
  gauge("pulseboard_pool_idle", "Idle database connections", (pool) => pool.idleCount);
  gauge("pulseboard_pool_waiting", "Who waits for a database connection", (pool) => pool.waitingCount);
}

/** Without a value while the database, or for the lag Kafka, does not tell. */
function observeStats(registry: Registry, read: Observed["liveStats"]): void {
  const gauge = (name: string, help: string, of: (stats: LiveStats) => number | null) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const stats = await within(STATS_TIMEOUT_MS, read()).catch(() => undefined);
        const value = stats && of(stats);
        if (value == null) this.remove();
        else this.set(value);
      },
    });
  gauge(
    "pulseboard_freshness_seconds",
    "Age of the newest moment up to which every event is counted",
    ({ freshness_ms }) => freshness_ms / 1_000,
  );
  gauge(
    "pulseboard_consumer_lag",
    "Messages on the topic that ingest has not passed",
    ({ consumer_lag }) => consumer_lag,
  );
}
