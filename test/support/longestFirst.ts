import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Files that take over 20 s, about the longest first; those that mostly wait stand among those that compute. A long file
 * that starts last would keep one worker busy while the others have nothing to do.
 */
const LONG = [
  "integrity/kill9",
  "flow/start",
  "integrity/hungConsumer",
  "browser/pages",
  "integrity/stall",
  "browser/web-states",
  "integrity/faults",
  "integrity/posts",
  "loadTest/loadTest",
  "integrity/retention",
  "integrity/import",
  "integrity/rejected",
  "api/test/lists",
  "integrity/chaos",
  "conformance/codecs",
  "ingest/test/fold",
  "conformance/apacheKafka",
  "security/tls",
  "browser/web-page",
  "ingest/test/audit",
  "api/test/http",
  "integrity/newLog",
  "api/test/events",
  "integrity/consumerGroup",
  "api/test/docs",
  "bench/test/history",
  "api/test/jwt",
  "api/test/live",
  "api/test/process",
  "conformance/broker",
  "api/test/parameters",
  "ingest/test/writerModel",
  "ingest/test/failingFold",
  "security/secrets",
  "flow/live",
  "integrity/poison",
];

const placeOf = ({ moduleId }: TestSpecification): number => {
  const place = LONG.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
  return place === -1 ? LONG.length : place;
};

/** Starts long files first also where no earlier run has left its times, as after a fresh clone. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => placeOf(a) - placeOf(b));
  }
}
