import { describe, expect, it } from "vitest";
import { lastByOffset, placeOf, placesShown, questionOf, type Sorts, sortedBy, turned } from "./place.ts";

const SORTS: Sorts = { all: ["title", "last_24h", "rate"], first: "last_24h", ascending: ["title"] };
const at = (query: string) => placeOf(new URLSearchParams(query), SORTS);

describe("a list's address", () => {
  it("says where the reader is, and what to ask for", () => {
    expect(at("")).toEqual({ q: "", sort: "last_24h", order: "desc", page: 1, size: 25, cursor: null });
    expect(questionOf(at(""))).toEqual({ sort: "last_24h", order: "desc", limit: "35" });
    expect(questionOf(at("q=+night%20trains&sort=title&page=3&rows=50"))).toEqual({
      q: "night trains",
      sort: "title",
      order: "asc",
      limit: "60",
      offset: "100",
    });
  });

  it("is never followed into what the API would refuse", () => {
    expect(at("sort=password&order=up&page=-1&rows=7")).toEqual(at(""));
    expect(at(`q=${"x".repeat(300)}`).q).toHaveLength(200);
    expect(at("q=a%00b").q).toBe("ab");
    const far = at("page=999999&rows=100");
    expect(far.page).toBe(101);
    expect(questionOf(far).offset).toBe("10000");
    expect(at("cursor=not%20one").cursor).toBeNull();
  });

  it("turns a sort round when it is chosen again, and begins at the first page", () => {
    expect(sortedBy("rate", at("page=4"), SORTS)).toEqual({
      sort: "rate",
      order: null,
      page: null,
      cursor: null,
    });
    expect(sortedBy("last_24h", at(""), SORTS)).toMatchObject({ sort: null, order: "asc" });
    expect(sortedBy("title", at("sort=title"), SORTS)).toMatchObject({ sort: "title", order: "desc" });
    expect(sortedBy("title", at("sort=title&order=desc"), SORTS)).toMatchObject({ order: null });
  });

  it("turns pages by offset as far as that goes, then by cursor, and back", () => {
    const answer = { total: 30_000, next_cursor: "abc" };
    expect(turned(1, at(""), answer)).toEqual({ page: "2", cursor: null });
    expect(turned(-1, at("page=2"), answer)).toEqual({ page: null, cursor: null });
    expect(turned(-1, at(""), answer)).toBeNull();
    expect(turned(1, at("page=14"), { total: 350, next_cursor: null })).toBeNull();
    const last = lastByOffset(25);
    expect(questionOf(at(`page=${last}`))).toMatchObject({ offset: "10000", limit: "25" });
    expect(turned(1, at(`page=${last}`), answer)).toEqual({ page: String(last + 1), cursor: "abc" });
    const behind = at(`page=${last + 1}&cursor=abc`);
    expect(questionOf(behind)).toEqual({ sort: "last_24h", order: "desc", limit: "25", cursor: "abc" });
    expect(placesShown(behind, 25)).toEqual({ from: 10_026, to: 10_050 });
    expect(turned(-1, at(`page=${last + 3}&cursor=abc`), answer)).toEqual({
      page: String(last),
      cursor: null,
    });
  });
});
