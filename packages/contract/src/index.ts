/**
 * What Pulseboard's programs say to each other: the event on the topic, REST answers, live messages.
 *
 * Glossary
 * - author      writes posts; has a category of their own.
 * - post        one piece of content, of one author and one category.
 * - user        who engages; optional on an event.
 * - engagement  one view, like, comment or share of a post at a time. Identity: UTC month of its time + event_id.
 * - event       the message that reports an engagement. Accepted, it is an engagement; else a rejected event.
 * - rejected event  a message that can never count, kept with its bytes, coordinates and reason.
 * - fold        the periodic transaction that moves new counts from deltas into every rollup.
 * - version     number of the fold that produced a state; only grows.
 * - watermark   per partition, the time up to which its events are stored; as_of is the least of them.
 */
export * from "./compact.ts";
export * from "./event.ts";
export * from "./foreignText.ts";
export * from "./live.ts";
export * from "./rest/index.ts";
export * from "./time.ts";
export { canonicalZone, zoneNames } from "./zones/zones.ts";
