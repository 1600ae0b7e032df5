import { Counter, createRegistry, Gauge, Histogram, type Registry } from "@pulseboard/runtime";
import type pg from "pg";

export interface Metrics {
  registry: Registry;
  requestSeconds: Histogram<"route" | "method" | "status">;
  answers: Counter<"question" | "source">;
  livePasses: Histogram;
  pushes: Counter<"channel">;
  events: Counter<"result">;
}

export interface Observed {
  pool: pg.Pool;
  sockets: () => number;
  subscriptions: () => number;
  parameterSets: () => number;
  /** Events taken from clients and not yet acknowledged by Kafka. */
  eventsInFlight: () => number;
}

export function createMetrics(): Metrics {
  const registry = createRegistry("api");
  const registers = [registry];
  return {
    registry,
    requestSeconds: new Histogram({
      name: "pulseboard_http_request_seconds",
      help: "Time from a request's head to the end of its answer",
      labelNames: ["route", "method", "status"],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
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
    events: new Counter({
      name: "pulseboard_events_total",
      help: "Events of POST /events: accepted (acknowledged by Kafka), rejected (invalid), failed (not acknowledged)",
      labelNames: ["result"],
      registers,
    }),
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
  gauge("pulseboard_live_subscriptions", "Subscriptions of all sockets", observed.subscriptions);
  gauge("pulseboard_live_parameter_sets", "Distinct subscriptions", observed.parameterSets);
  gauge("pulseboard_events_in_flight", "Events waiting for Kafka", observed.eventsInFlight);
  gauge("pulseboard_pool_connections", "Database connections", () => observed.pool.totalCount);
  gauge("pulseboard_pool_idle", "Idle database connections", () => observed.pool.idleCount);
  gauge(
    "pulseboard_pool_waiting",
    "Readers waiting for a database connection",
    () => observed.pool.waitingCount,
  );
}
