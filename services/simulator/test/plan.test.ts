import { createHash } from "node:crypto";
import { isInvalid, validateEvent } from "@pulseboard/contract";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPlan, type Plan, type Planned, type PlannedPost } from "../src/scenario/plan.ts";
import { parseScenario, readScenario, type Scenario } from "../src/scenario/scenario.ts";
import { catalogueOf } from "./catalogueOf.ts";

const STARTED_AT = Date.UTC(2026, 10, 22, 12);
const CATALOGUE = catalogueOf({
  ids: Int32Array.of(900_000_000, 17, 4, 2_000_000, 5),
  userIds: Int32Array.of(3, 70_000, 2_000_000_000),
  categories: ["Tech", "Food"],
});

const scenarioOf = (members: Partial<Scenario>): Scenario =>
  parseScenario(
    {
      name: "test",
      description: "x",
      duration_seconds: 60,
      rate: [{ at_seconds: 0, events_per_second: 50 }],
      ...members,
    },
    "test",
  );

function* all(plan: Plan): Generator<Planned> {
  for (let planned = plan.next(); planned; planned = plan.next()) yield planned;
}

const bytes = (scenario: Scenario, seed: number, catalogue = CATALOGUE) =>
  [...all(createPlan(scenario, catalogue, seed))].map((planned) => ({
    kind: planned.kind,
    ...planned.message(STARTED_AT),
  }));

const digest = (messages: unknown): string =>
  createHash("sha256").update(JSON.stringify(messages)).digest("hex");

/** Any scenario of up to a minute and some thousand messages. */
const anyScenario = fc
  .record({
    durationSeconds: fc.integer({ min: 1, max: 60 }),
    rates: fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 20 })), {
      minLength: 1,
      maxLength: 6,
    }),
    repeats_percent: fc.integer({ min: 0, max: 30 }),
    late_percent: fc.integer({ min: 0, max: 30 }),
    broken_percent: fc.integer({ min: 0, max: 30 }),
    curve: fc.constantFrom("flat" as const, "week" as const),
    cascades: fc.option(
      fc.record({
        views_per_share: fc.integer({ min: 0, max: 20 }),
        delay_seconds: fc.integer({ min: 1, max: 60 }),
      }),
      {
        nil: undefined,
      },
    ),
    bots: fc.option(
      fc.record({ users: fc.integer({ min: 1, max: 10 }), percent: fc.integer({ min: 0, max: 100 }) }),
      {
        nil: undefined,
      },
    ),
  })
  .map(({ durationSeconds, rates, ...members }) => {
    const times = rates.map(([fraction]) => fraction * durationSeconds).sort((a, b) => a - b);
    return scenarioOf({
      ...members,
      duration_seconds: durationSeconds,
      rate: rates.map(([, events_per_second], index) => ({
        at_seconds: index === 0 ? 0 : (times[index] as number),
        events_per_second,
      })),
    });
  });
const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe("a plan", () => {
  it("is the same to the byte for the same scenario, catalogue and seed, and another for another seed", () => {
    fc.assert(
      fc.property(anyScenario, seeds, (scenario, seed) => {
        expect(digest(bytes(scenario, seed))).toBe(digest(bytes(scenario, seed)));
      }),
      { numRuns: 20 },
    );
    const steady = readScenario("steady");
    expect(digest(bytes(steady, 1))).not.toBe(digest(bytes(steady, 2)));
  });

  it("has intended times that ascend within its duration, as many as the rate's integral, within one", () => {
    fc.assert(
      fc.property(anyScenario, seeds, (scenario, seed) => {
        const plan = createPlan(scenario, CATALOGUE, seed);
        const times = [...all(plan)].map(({ intendedMs }) => intendedMs);
        expect(times.filter((time, index) => !(time >= (times[index - 1] ?? 0)))).toEqual([]);
        expect(times.at(-1) ?? 0).toBeLessThanOrEqual(plan.durationMs);
        // The middle of each of many slices: exact for what is linear, and steps are of measure 0.
        const slices = 10_000;
        let integral = 0;
        for (let slice = 0; slice < slices; slice++)
          integral +=
            (plan.rateAt(((slice + 0.5) / slices) * plan.durationMs) * plan.durationMs) / slices / 1000;
        expect(Math.abs(times.length - integral)).toBeLessThanOrEqual(1.1);
      }),
      { numRuns: 30 },
    );
  });

  it("names only posts and users that exist, and breaks only what it says is broken", () => {
    fc.assert(
      fc.property(anyScenario, seeds, (scenario, seed) => {
        for (const { kind, key, value } of bytes(scenario, seed)) {
          if (kind === "broken") continue;
          const event = validateEvent(JSON.parse(String(value)));
          const isKnown =
            !isInvalid(event) &&
            CATALOGUE.posts.ids.includes(event.postId) &&
            (event.userId === undefined || CATALOGUE.userIds.includes(event.userId)) &&
            key === String(event.postId);
          if (!isKnown) throw new Error(`${key} ${value}`);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("has the shares of kinds that are asked for; repeats are earlier bytes, late ones happened before", () => {
    const made = bytes(
      scenarioOf({
        rate: [{ at_seconds: 0, events_per_second: 1_000 }],
        repeats_percent: 10,
        late_percent: 5,
        broken_percent: 2,
      }),
      7,
    );
    const share = (kind: string) => made.filter((message) => message.kind === kind).length / made.length;
    expect(share("repeat")).toBeCloseTo(0.1, 2);
    expect(share("late")).toBeCloseTo(0.05, 2);
    expect(share("broken")).toBeCloseTo(0.02, 2);
    const seen = new Set<unknown>();
    const wrong = made.filter(({ kind, value }) => {
      const isSeen = seen.has(value);
      seen.add(value);
      return kind !== "broken" && isSeen !== (kind === "repeat");
    });
    expect(wrong).toEqual([]);
  });
});

describe("repeats and broken messages", () => {
  const many = (members: Partial<Scenario>) =>
    bytes(scenarioOf({ rate: [{ at_seconds: 0, events_per_second: 400 }], ...members }), 1);

  it("are repeats near and far", () => {
    const first = new Map<unknown, number>();
    const distances: number[] = [];
    for (const [index, { value }] of many({ repeats_percent: 5 }).entries()) {
      const before = first.get(value);
      if (before === undefined) first.set(value, index);
      else distances.push(index - before);
    }
    expect(distances.filter((distance) => distance < 12).length).toBeGreaterThan(300);
    expect(distances.filter((distance) => distance > 1_000).length).toBeGreaterThan(300);
  });

  it("are broken in every way, and an unknown post is one that the catalogue has not", () => {
    const catalogue = { ...CATALOGUE, unknownPostId: 12 };
    const broken = bytes(scenarioOf({ broken_percent: 100 }), 1, catalogue).map(({ value }) => String(value));
    expect(broken.some((value) => value.includes('"post_id":12,'))).toBe(true);
    expect(broken.some((value) => value.includes('"post_id":2147483647,'))).toBe(false);
    expect(broken.some((value) => value === "")).toBe(true);
  });
});

describe("new posts", () => {
  it("come at the rate asked for and at breaking news, in order, under free ids, and are named once published", () => {
    const story = { at_seconds: 30, kind: "breaking-news" as const, label: "x" };
    const scenario = scenarioOf({ new_posts_per_hour: 1_200, events: [story] });
    const plan = createPlan(scenario, CATALOGUE, 5);
    const posts: PlannedPost[] = [];
    for (let post = plan.nextPost(); post; post = plan.nextPost()) posts.push(post);
    expect(posts).toHaveLength(21);
    expect(posts.map(({ postId }) => postId)).toEqual(posts.map((_, index) => 900_000_001 + index));
    const times = posts.map(({ intendedMs }) => intendedMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times).toContain(30_000);
    expect(plan.marks).toEqual([{ atMs: 30_000, kind: "breaking-news", label: "x" }]);

    const unpublished = [...all(createPlan(scenario, CATALOGUE, 5))];
    expect(unpublished.filter(({ postId }) => postId > 900_000_000)).toEqual([]);
    for (const post of posts) plan.published(post);
    const early = [...all(plan)].filter(({ postId, intendedMs }) => {
      const post = posts.find((each) => each.postId === postId);
      return post && intendedMs < post.intendedMs;
    });
    expect(early).toEqual([]);
  });

  it("are none where no id is free", () => {
    const plan = createPlan(
      scenarioOf({ new_posts_per_hour: 36_000 }),
      { ...CATALOGUE, freePostId: undefined },
      5,
    );
    expect(plan.nextPost()).toBeUndefined();
  });
});
