/** Series by name and labels, each with its values in promtool's notation: one every 15 s. */
type Values = Record<string, string>;

/** Two hours in which nothing goes wrong, counters at 0 where nothing but failures would move them. */
export const QUIET: Values = {
  pulseboard_ingest_stalled: "0x480",
  pulseboard_outbox_max_bytes: "100x480",
  pulseboard_outbox_bytes: "0x480",
  'pulseboard_condition{condition="clock"}': "0x480",
  pulseboard_clock_skew_seconds: "0x480",
  'pulseboard_ingest_events_total{outcome="stored"}': "0+50x480",
  'pulseboard_ingest_events_total{outcome="duplicates"}': "0x480",
  'pulseboard_ingest_events_total{outcome="rejected"}': "0x480",
  'pulseboard_ingest_lag{partition="0"}': "200000-10x480",
  'pulseboard_ingest_log_proofs_total{outcome="gap"}': "0x480",
  'pulseboard_ingest_log_proofs_total{outcome="new_log"}': "0x480",
  pulseboard_fold_last_timestamp_seconds: "0+15x480",
  pulseboard_freshness_seconds: "1x480",
  pulseboard_upkeep_last_timestamp_seconds: "0+15x480",
  'pulseboard_http_answers_total{class="2xx"}': "0x480",
  'pulseboard_http_answers_total{class="5xx"}': "0x480",
  'pulseboard_http_request_seconds_bucket{method="GET",route="/posts",le="1"}': "0x480",
  'pulseboard_http_request_seconds_bucket{method="GET",route="/posts",le="2.5"}': "0x480",
  'pulseboard_http_request_seconds_bucket{method="GET",route="/posts",le="+Inf"}': "0x480",
  'pulseboard_events_total{result="failed"}': "0x480",
  'pulseboard_pool_waiting{pool="read"}': "0x480",
  'nodejs_eventloop_lag_p99_seconds{service="api"}': "0.01x480",
};

interface Case {
  alert: string;
  /** What differs from QUIET: one failure after 100 minutes. */
  failing: Values;
  /** When the alert has to fire. */
  firesAt: string;
  labels?: Record<string, string>;
}

/** One for each alert of docs/alerts.yml. */
export const CASES: Case[] = [
  { alert: "PulseboardIngestGone", failing: { pulseboard_ingest_stalled: "0x400" }, firesAt: "107m" },
  { alert: "PulseboardApiGone", failing: { pulseboard_outbox_max_bytes: "100x400" }, firesAt: "107m" },
  { alert: "PulseboardIngestStalled", failing: { pulseboard_ingest_stalled: "0x400 1x80" }, firesAt: "102m" },
  {
    alert: "PulseboardCondition",
    failing: { 'pulseboard_condition{condition="clock"}': "0x400 1x80" },
    firesAt: "102m",
    labels: { condition: "clock" },
  },
  {
    alert: "PulseboardClocksApart",
    failing: { pulseboard_clock_skew_seconds: "0x400 -31x80" },
    firesAt: "102m",
  },
  {
    alert: "PulseboardEventsRejected",
    // Of 1,000 events in five minutes, ten have to be rejected.
    failing: { 'pulseboard_ingest_events_total{outcome="rejected"}': "0x400 11x80" },
    firesAt: "102m",
  },
  {
    alert: "PulseboardBacklogGrows",
    failing: { 'pulseboard_ingest_lag{partition="0"}': "100000x400 100001x80" },
    firesAt: "102m",
  },
  {
    alert: "PulseboardEventsLost",
    failing: { 'pulseboard_ingest_log_proofs_total{outcome="gap"}': "0x400 1x80" },
    firesAt: "102m",
    labels: { outcome: "gap" },
  },
  {
    alert: "PulseboardNobodyFolds",
    failing: { pulseboard_fold_last_timestamp_seconds: "0+15x400 6000x80" },
    firesAt: "103m",
  },
  {
    alert: "PulseboardAnswersStale",
    failing: { pulseboard_freshness_seconds: "1x400 61x80" },
    firesAt: "103m",
  },
  {
    alert: "PulseboardUpkeepStands",
    failing: { pulseboard_upkeep_last_timestamp_seconds: "0+15x300 4500x180" },
    firesAt: "107m",
  },
  {
    alert: "PulseboardServerErrors",
    failing: { 'pulseboard_http_answers_total{class="5xx"}': "0x400 1x80" },
    firesAt: "102m",
  },
  {
    alert: "PulseboardReadsSlow",
    failing: {
      'pulseboard_http_request_seconds_bucket{method="GET",route="/posts",le="2.5"}': "0x400 1x80",
      'pulseboard_http_request_seconds_bucket{method="GET",route="/posts",le="+Inf"}': "0x400 1x80",
    },
    firesAt: "102m",
  },
  { alert: "PulseboardOutboxFills", failing: { pulseboard_outbox_bytes: "0x400 51x80" }, firesAt: "102m" },
  {
    alert: "PulseboardEventsNotAcknowledged",
    failing: { 'pulseboard_events_total{result="failed"}': "0x400 1x80" },
    firesAt: "102m",
    labels: { result: "failed" },
  },
  {
    alert: "PulseboardRequestsWaitForDatabase",
    failing: { 'pulseboard_pool_waiting{pool="read"}': "0x400 1x80" },
    firesAt: "102m",
    labels: { pool: "read" },
  },
  {
    alert: "PulseboardApiBusy",
    failing: { 'nodejs_eventloop_lag_p99_seconds{service="api"}': "0.01x400 0.6x80" },
    firesAt: "107m",
    labels: { service: "api" },
  },
];
