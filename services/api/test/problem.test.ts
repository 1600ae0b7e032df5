import { expect, test } from "vitest";
import { asProblem } from "../src/http/problem.ts";
import { OutdatedSnapshot } from "../src/readModels/snapshot.ts";

test.each([
  ["a character that the database's text cannot hold", "22021", 400],
  ["a connection that failed", "08006", 503],
  ["anything unexpected", "XX000", 500],
])("%s (%s) is a %i, in words that tell nothing of ours", (_, code, status) => {
  const problem = asProblem(Object.assign(new Error("secret detail"), { code }));
  expect(problem.status).toBe(status);
  expect(problem.message).not.toContain("secret");
});

test("a catalogue that changes faster than it can be read is a 503 that says when to try again", () => {
  const problem = asProblem(new OutdatedSnapshot());
  expect(problem).toMatchObject({ status: 503, extras: { headers: { "Retry-After": "1" } } });
});
