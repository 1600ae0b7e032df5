import { expect, it } from "vitest";
import { csvOf } from "./csv.ts";

it("writes a table that a spreadsheet reads as it stands, and takes no title for a formula", () => {
  expect(
    csvOf({
      columns: ["post_id", "title", "rank"],
      rows: [
        [1, 'A "quoted", long title', null],
        [2, "=1+1", -3],
        [3, "two\nlines", 0.5],
      ],
    }),
  ).toBe('post_id,title,rank\r\n1,"A ""quoted"", long title",\r\n2,\'=1+1,-3\r\n3,"two\nlines",0.5\r\n');
});
