import { createLogger, createPool, createRegistry } from "@pulseboard/runtime";
import { expect, it, onTestFinished } from "vitest";
import { createTestDatabase } from "../../../test/support/database.ts";
import { until } from "../../../test/support/until.ts";
import { createFold } from "../../ingest/src/fold/index.ts";
import { takeSeedLock } from "../src/seed/seedLock.ts";

it("a seed at work keeps other seeds away, and no fold", async () => {
  const { url } = await createTestDatabase();
  const pool = createPool({ databaseUrl: url, applicationName: "seed-test", max: 3 });
  onTestFinished(() => pool.end());
  const release = await takeSeedLock(pool);
  expect(release).toBeDefined();
  expect(await takeSeedLock(pool)).toBeUndefined();

  await pool.query(`insert into authors (author_id, name, author_category) values (1, 'A', 'news');
                    insert into posts (post_id, author_id, category, publish_timestamp) values (1, 1, 'news', now())`);
  const fold = createFold({
    databaseUrl: url,
    topic: "t",
    refreshMs: 200,
    logger: createLogger("seed-test", "silent"),
    registry: createRegistry("seed-test"),
  });
  onTestFinished(() => fold.stop());
  expect(await fold.foldNow()).toMatchObject({ engagements: 0 });
  release?.();
  const again = await until(() => takeSeedLock(pool), { what: "the lock to be free again" });
  again();
});
