import { describe, expect, it } from "vitest";
import { createMixes, pickType } from "../src/model/mix.ts";
import { createSampler, zipfWeights } from "../src/model/population.ts";
import { createRandom, hash } from "../src/random.ts";

describe("random", () => {
  it("repeats itself for the same name, and only then", () => {
    const draw = (...name: (number | string)[]) => {
      const random = createRandom(...name);
      return Array.from({ length: 50 }, () => random.uint32());
    };
    expect(draw(1, "a")).toEqual(draw(1, "a"));
    expect(draw(1, "a")).not.toEqual(draw(2, "a"));
    expect(draw(1, "a")).not.toEqual(draw(1, "b"));
    expect(hash(1, 23)).not.toBe(hash(12, 3));
  });

  it("is even in [0, 1) and normal where asked", () => {
    const random = createRandom("even");
    const tenths = new Array<number>(10).fill(0);
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < 100_000; i++) {
      tenths[Math.floor(random.float() * 10)]!++;
      const normal = random.normal();
      sum += normal;
      squares += normal ** 2;
    }
    for (const count of tenths) expect(count / 10_000).toBeCloseTo(1, 1);
    expect(sum / 100_000).toBeCloseTo(0, 1);
    expect(squares / 100_000).toBeCloseTo(1, 1);
  });
});

describe("sampler", () => {
  it("picks in proportion to the weights", () => {
    const weights = Float64Array.of(0, 5, 1, 0, 3, 1);
    const sampler = createSampler(weights);
    const random = createRandom("sampler");
    const counts = new Array<number>(weights.length).fill(0);
    for (let i = 0; i < 200_000; i++) counts[sampler.pick(random)]!++;
    weights.forEach((weight, index) => {
      expect(counts[index]! / 200_000).toBeCloseTo(weight / 10, 2);
    });
    expect(counts[0]).toBe(0);
    expect(counts[3]).toBe(0);
  });

  it("follows Zipf's law for Zipf's weights", () => {
    const sampler = createSampler(zipfWeights(10_000, 1));
    const random = createRandom("zipf");
    const counts = new Float64Array(10_000);
    for (let i = 0; i < 500_000; i++) counts[sampler.pick(random)]!++;
    expect(counts[0]! / counts[9]!).toBeCloseTo(10, -0.5);
    expect(counts[9]! / counts[99]!).toBeGreaterThan(8);
    expect(counts[9]! / counts[99]!).toBeLessThan(12.5);
  });

  it("refuses weights without any weight", () => {
    expect(() => createSampler(new Float64Array(3))).toThrow("positive weight");
  });
});

describe("mix", () => {
  it("is 82% views, 11% likes, 3% comments and 4% shares over all posts, and differs from post to post", () => {
    const mix = createMixes();
    const random = createRandom("mix");
    const counts = { view: 0, like: 0, comment: 0, share: 0 };
    for (let i = 0; i < 400_000; i++) counts[pickType(mix(1 + (i % 4_000)), random.float())]++;
    expect(counts.view / 4_000).toBeCloseTo(82, -0.3);
    expect(counts.like / 4_000).toBeCloseTo(11, -0.3);
    expect(counts.comment / 4_000).toBeCloseTo(3, 0);
    expect(counts.share / 4_000).toBeCloseTo(4, 0);
    const likes = Array.from({ length: 500 }, (_, post) => mix(post + 1).likes);
    expect(Math.max(...likes) / Math.min(...likes)).toBeGreaterThan(3);
    expect(mix(7)).toEqual(createMixes()(7));
  });
});
