import type { KafkaSettings } from "@pulseboard/runtime";
import type { LoadSource } from "../load.ts";

/** What became of a planned event. */
export const STATE = {
  /** The run ended before its time. */
  unsent: 0,
  acknowledged: 1,
  /** Handed over, and never answered, or refused though nothing is wrong with it: it may have been stored. */
  failed: 2,
  /** Over the bound late by the generator's own fault, and not sent. */
  dropped: 3,
  /** A broken one, which POST /events named as not valid, as it must. */
  refused: 4,
} as const;
export type State = (typeof STATE)[keyof typeof STATE];

export interface Target {
  kafka: KafkaSettings;
  topic: string;
  /** Undefined: by Kafka. */
  http: { url: string; key: string | undefined } | undefined;
}

/** To the generator. */
export type ToGenerator =
  | { type: "prepare"; source: LoadSource; target: Target; warmUpMs: number }
  /** startAt: monotonic ms of the first intended time; startedAtEpochMs: the same moment for the events. */
  | { type: "go"; startAt: number; startedAtEpochMs: number }
  | { type: "stop" };

/** Totals so far. */
export interface GeneratorCounts {
  /** Events whose time has come. */
  due: number;
  sent: number;
  acknowledged: number;
  failed: number;
  refused: number;
  dropped: number;
  /** Of what is in flight. */
  inFlight: number;
  /** 99th percentile of how late events left by the generator's own fault, ms, warm-up left out. */
  lateP99: number;
}

export const NO_COUNTS: Readonly<GeneratorCounts> = {
  due: 0,
  sent: 0,
  acknowledged: 0,
  failed: 0,
  refused: 0,
  dropped: 0,
  inFlight: 0,
  lateP99: 0,
};

/** From the generator. */
export type FromGenerator =
  | { type: "ready" }
  | {
      type: "progress";
      /**
       * Five numbers a batch: partition (-1 when not known), end offset, monotonic ms of the answer, events that become
       * engagements, all messages.
       */
      batches: Float64Array;
      /** Intended times, ms since startAt, of the batches one after the other; those that become engagements only. */
      intended: Float64Array;
      /** Every event meant for before this, ms since startAt, is settled. */
      settledMs: number;
      counts: GeneratorCounts;
      /** Reasons of failures, with how many events each. */
      failures: Record<string, number>;
    }
  | { type: "done"; states: Uint8Array }
  | { type: "failed"; message: string };
