import { expect, test } from "vitest";
import { Output } from "../src/output/output.ts";

function shown(line: string, options: { colour?: boolean; verbose?: boolean } = {}): string {
  let text = "";
  const output = new Output({
    colour: options.colour ?? false,
    verbose: options.verbose ?? false,
    write: (more) => {
      text += more;
    },
  });
  output.relay("ingest", line);
  return text.replace(/^\d\d:\d\d:\d\d /gm, "TIME ");
}

const entry = (fields: object) =>
  JSON.stringify({ level: 30, time: "2026-01-02T03:04:05.678Z", name: "ingest", pid: 1, ...fields });

test("a log entry becomes time, part, message and its facts", () => {
  expect(
    shown(entry({ msg: "partitions assigned", topic: "engagements", partitions: [0, 1], why: "a join" })),
  ).toBe('TIME ingest      partitions assigned topic=engagements partitions=[0,1] why="a join"\n');
});

test("warnings and errors say so, an error is its message, its stack only when asked for", () => {
  const line = entry({
    level: 50,
    msg: "lost it",
    err: { type: "Error", message: "no way", stack: "Error: no way\n  at x" },
  });
  expect(shown(line)).toBe('TIME ingest      error: lost it error="no way"\n');
  expect(shown(line, { verbose: true })).toContain("  at x");
  expect(shown(JSON.stringify({ level: "warn", msg: "words, too" }))).toContain("warning: words, too");
});

test("anything else passes as it is, blank lines do not", () => {
  expect(shown("seeding 10%")).toBe("TIME ingest      seeding 10%\n");
  expect(shown("{not json")).toBe("TIME ingest      {not json\n");
  expect(shown("  ")).toBe("");
});

test("colours only where they are wanted", () => {
  expect(shown(entry({ msg: "x" }))).not.toContain("\u001b");
  expect(shown(entry({ msg: "x" }), { colour: true })).toContain("\u001b");
});
