import { expect, it } from "vitest";
import { createTestDatabase } from "../../../test/support/database.ts";
import { onTeardown } from "../../../test/support/teardown.ts";
import { openConnection } from "../src/fold/connection.ts";
import { FoldDeltas } from "../src/fold/deltas.ts";
import { findPoison } from "../src/fold/poison.ts";

for (const poisoned of [1, 40, 64])
  it(`a search whose time is over finds the post all the same: post ${poisoned} of 64`, async () => {
    const client = await openConnection((await createTestDatabase()).url);
    onTeardown(() => client.end());
    await client.query("begin");
    const deltas = new FoldDeltas();
    for (let postId = 1; postId <= 64; postId++) deltas.table.add(postId, 0, 0, 1);
    const fold = (some: FoldDeltas) =>
      client.query("select 1 / (post_id - $1) from unnest($2::integer[]) post_id", [
        poisoned,
        [...some.posts()],
      ]);
    expect(await findPoison(client, deltas, fold, 0)).toMatchObject([
      { postId: poisoned, sqlstate: "22012" },
    ]);
    expect(deltas.posts()).toHaveLength(64);
  });
