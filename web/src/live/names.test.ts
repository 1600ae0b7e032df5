import { expect, it } from "vitest";
import { tameNames } from "./names.ts";

it("titles and names of an answer turn no direction, wherever they stand; what is asked for by name stays", () => {
  const turned = "\u202ea\u2069b";
  const row = { title: turned, author: turned, label: turned, category: turned, id: 1, tags: [turned] };
  const answer = {
    name: turned,
    author_name: turned,
    total: 2,
    posts: [row, null],
    nested: { top_author: turned },
  };
  expect(tameNames(answer)).toEqual({
    name: "ab",
    author_name: "ab",
    total: 2,
    posts: [{ title: "ab", author: "ab", label: "ab", category: turned, id: 1, tags: [turned] }, null],
    nested: { top_author: "ab" },
  });
});
