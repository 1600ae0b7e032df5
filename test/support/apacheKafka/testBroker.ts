import { createTestFolder } from "../folder.ts";
import { onTeardown } from "../teardown.ts";
import { type ApacheKafka, startApacheKafka, whyNoApacheKafka } from "./apacheKafka.ts";
import type { SecureListener } from "./properties.ts";

/** Whether this machine can run it; says so once per file when it cannot. */
export const hasApacheKafka = await whyNoApacheKafka().then((why) => {
  if (why) console.warn(`Left out: what is held against the real Apache Kafka. ${why}`);
  return why === undefined;
});

/** The real Apache Kafka with an empty folder. At the end of the test it is stopped; had it ended before, that fails. */
export async function startTestApacheKafka(options: { secure?: SecureListener } = {}): Promise<ApacheKafka> {
  const kafka = await startApacheKafka({
    dataDir: await createTestFolder(),
    say: (line) => console.info(line),
    ...options,
  });
  let failure: string | undefined;
  void kafka.failed.then((how) => {
    failure = how;
  });
  onTeardown(async () => {
    await kafka.stop();
    if (failure) throw new Error(failure);
  });
  return kafka;
}
