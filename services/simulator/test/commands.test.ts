import { describe, expect, it } from "vitest";
import { runProgram, SEED, SIMULATE } from "./runProgram.ts";

describe.each([SIMULATE, SEED])("%s", (entry) => {
  it("explains itself", async () => {
    const { status, stdout, errors } = await runProgram(entry, ["--help"]);
    expect(status).toBe(0);
    expect(stdout).toContain("--rate");
    expect(errors).toEqual([]);
  });

  it.each([
    [["--rate", "0"], "--rate"],
    [["--tpoic", "x"], "--tpoic"],
    [["--topic", "no spaces"], "--topic"],
    [[], "DATABASE_URL, KAFKA_BROKERS"],
  ])("ends %j with one line that names %s", async (args, name) => {
    const { status, stdout, errors } = await runProgram(entry, args);
    expect(status).not.toBe(0);
    expect(stdout).toBe("");
    expect(errors).toEqual([expect.stringContaining(name)]);
  });
});

it("a scenario that is none is named, in one line", async () => {
  const env = { DATABASE_URL: "postgres://x", KAFKA_BROKERS: "x:1" };
  const { status, errors } = await runProgram(SIMULATE, ["--scenario", "stedy"], env);
  expect(status).not.toBe(0);
  expect(errors).toEqual([expect.stringContaining("expected a JSON file, or one of breaking-news,")]);
});

describe("SIMULATOR_RATE", () => {
  const backends = { DATABASE_URL: "postgres://x", KAFKA_BROKERS: "x:1" };

  it("is refused by name when it is no rate", async () => {
    const { status, errors } = await runProgram(SIMULATE, [], { ...backends, SIMULATOR_RATE: "many" });
    expect(status).not.toBe(0);
    expect(errors).toEqual([expect.stringContaining("SIMULATOR_RATE")]);
  });

  it("of 0 is no traffic and no error", async () => {
    const outcome = await runProgram(SIMULATE, [], { ...backends, SIMULATOR_RATE: "0" });
    expect(outcome).toMatchObject({ status: 0, errors: [] });
  });
});
