import { afterEach, describe, expect, it, vi } from "vitest";
import { BuildWatch, entryOf } from "./build.ts";

const page = (name: string) =>
  `<head><script src="/dashboard/theme.js"></script><script type="module" crossorigin src="/dashboard/assets/${name}"></script></head>`;

describe("a page left open", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("knows the build that is served by the name of its entry script", () => {
    expect(entryOf(page("index-abc.js"))).toBe("/dashboard/assets/index-abc.js");
    expect(entryOf("<html>gateway timeout</html>")).toBeNull();
  });

  it("learns of another build, and not of the same, an error or an outage", async () => {
    vi.stubGlobal("location", { pathname: "/dashboard/" });
    const found = vi.fn();
    const watch = new BuildWatch("/dashboard/assets/index-abc.js", found);
    const answers = [
      () => Promise.resolve(new Response(page("index-abc.js"))),
      () => Promise.resolve(new Response(page("index-new.js"), { status: 503 })),
      () => Promise.reject(new TypeError("Failed to fetch")),
      () => Promise.resolve(new Response("<html></html>")),
      () => Promise.resolve(new Response(page("index-new.js"))),
    ];
    const calls: number[] = [];
    for (const answer of answers) {
      vi.stubGlobal("fetch", answer);
      await watch.look();
      calls.push(found.mock.calls.length);
    }
    expect(calls).toEqual([0, 0, 0, 0, 1]);
  });
});
