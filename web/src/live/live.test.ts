import { afterEach, describe, expect, it, vi } from "vitest";
import { backoff } from "./backoff.ts";
import { levelOf } from "./freshness.ts";
import { isOlder, paramsKey, supersedes } from "./held.ts";
import { ReadKey } from "./readKey.ts";
import { ServerClock } from "./serverClock.ts";

describe("what is held for a subscription", () => {
  it("is named by its parameters in any order, numbers as text, absent ones left out", () => {
    expect(paramsKey({ window: "1h", by: "posts", limit: 10 })).toBe(
      paramsKey({ limit: "10", by: "posts", window: "1h", category: null }),
    );
    expect(paramsKey({ tz: "UTC" })).not.toBe(paramsKey({ tz: "UTC", category: "Tech" }));
  });

  it("gives way to an equal or higher version, never to a lower one", () => {
    expect(supersedes({ version: 1 }, null)).toBe(true);
    expect(supersedes({ version: 7 }, { version: 7 })).toBe(true);
    expect(supersedes({ version: 8 }, { version: 7 })).toBe(true);
    expect(supersedes({ version: 6 }, { version: 7 })).toBe(false);
  });
});

describe("an answer over REST", () => {
  it("is asked for again for a newer version, and until it is counted as far as that version", () => {
    const newest = { version: 8, asOf: 2_000 };
    expect(isOlder({ askedFor: 8, asOf: 2_000 }, newest)).toBe(false);
    expect(isOlder({ askedFor: 8, asOf: 2_500 }, newest)).toBe(false);
    expect(isOlder({ askedFor: 7, asOf: 2_000 }, newest)).toBe(true);
    expect(isOlder({ askedFor: 8, asOf: 1_000 }, newest)).toBe(true);
    expect(isOlder({ askedFor: 8, asOf: null }, newest)).toBe(false);
  });
});

describe("freshness", () => {
  const heard = (reported: number, silence = 0) => ({ reported, silence, age: reported + silence });

  it("is live under 2 s, slow under 10 s, then stale", () => {
    expect(levelOf("up", heard(1_999))).toBe("live");
    expect(levelOf("up", heard(2_000))).toBe("slow");
    expect(levelOf("up", heard(9_999))).toBe("slow");
    expect(levelOf("up", heard(10_000))).toBe("stale");
  });

  it("stays as reported until the next message is overdue, then ticks on alone", () => {
    expect(levelOf("up", heard(300, 2_400))).toBe("live");
    expect(levelOf("up", heard(300, 2_600))).toBe("slow");
    expect(levelOf("up", heard(300, 9_800))).toBe("stale");
  });

  it("is offline without a connection, whatever was heard, and connecting before anything was", () => {
    expect(levelOf("down", heard(0))).toBe("offline");
    expect(levelOf("down", null)).toBe("offline");
    expect(levelOf("opening", null)).toBe("connecting");
    expect(levelOf("up", null)).toBe("connecting");
  });
});

describe("the server's clock", () => {
  it("is unknown before a message, then ticks with local time", () => {
    const clock = new ServerClock();
    expect(clock.at(5)).toBeNull();
    clock.observe(1_000_000, 100);
    expect(clock.at(350)).toBe(1_000_250);
  });

  it("trusts the message that was delayed least", () => {
    const clock = new ServerClock();
    clock.observe(1_000_000, 500);
    clock.observe(1_001_000, 1_020);
    clock.observe(1_002_000, 2_900);
    expect(clock.at(3_000)).toBe(1_001_000 + 3_000 - 1_020);
  });

  it("forgets old messages, so a corrected server clock is followed", () => {
    const clock = new ServerClock();
    clock.observe(9_000_000, 0);
    for (let i = 1; i <= 8; i++) clock.observe(1_000_000 + i * 1000, i * 1000);
    expect(clock.at(9_000)).toBe(1_009_000);
  });
});

describe("the wait before a try", () => {
  it("doubles from a second to fifteen", () => {
    expect([1, 2, 3, 4, 5, 9].map((attempt) => backoff(attempt, () => 0.5))).toEqual([
      1_000, 2_000, 4_000, 8_000, 15_000, 15_000,
    ]);
  });

  it("is spread by a quarter either way", () => {
    expect(backoff(1, () => 0)).toBe(750);
    expect(backoff(1, () => 1)).toBe(1_250);
  });
});

describe("a reader's key", () => {
  const at = (hash: string) => {
    const replaced: unknown[] = [];
    vi.stubGlobal("location", { hash, pathname: "/dashboard/", search: "?wall" });
    vi.stubGlobal("history", { replaceState: (...args: unknown[]) => replaced.push(args[2]) });
    return replaced;
  };
  afterEach(() => vi.unstubAllGlobals());

  it("goes with the handshake once it was entered, even where nothing can be stored", () => {
    const replaced = at("");
    const key = new ReadKey();
    expect(key.auth).toEqual({});
    key.keep(" secret ");
    expect(key.auth).toEqual({ key: "secret" });
    expect(replaced).toEqual([]);
  });

  it("is taken from a share link's fragment, and out of the address", () => {
    const replaced = at("#key=pb_shared");
    expect(new ReadKey().auth).toEqual({ key: "pb_shared" });
    expect(replaced).toEqual(["/dashboard/?wall"]);
  });
});
