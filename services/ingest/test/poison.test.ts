import { expect, it } from "vitest";
import { createTestDatabase } from "../../../test/support/database.ts";
import { onTeardown } from "../../../test/support/teardown.ts";
import { openConnection } from "../src/fold/connection.ts";
import { findPoison } from "../src/fold/poison.ts";

for (const poisoned of [1, 40, 64])
  it(`a search whose time is over finds the post all the same: post ${poisoned} of 64`, async () => {
    const client = await openConnection((await createTestDatabase()).url);
    onTeardown(() => client.end());
    await client.query(
      "begin; insert into fold_deltas select post_id, 0, 1, 0, 0, 0 from generate_series(1, 64) post_id",
    );
    const fold = () => client.query("select 1 / (post_id - $1) from fold_deltas", [poisoned]);
    expect(await findPoison(client, fold, 0)).toMatchObject([{ postId: poisoned, sqlstate: "22012" }]);
    const { rows } = await client.query("select count(*)::integer as posts from fold_deltas");
    expect(rows).toEqual([{ posts: 64 }]);
  });
