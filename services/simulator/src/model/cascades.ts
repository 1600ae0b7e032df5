import { hash, type Random } from "../random.ts";
import type { Mix } from "./mix.ts";

/** Views that are yet to come, at most; more are not brought. */
const MOST_PENDING = 65_536;
/** A share of a share of a share ...; the last brings nothing. */
const MOST_GENERATIONS = 8;
/** Views that one share brings at most. */
const MOST_VIEWS = 50;
/** One post of so many is passed on much more than the others, by this factor. */
const VIRAL_ONE_OF = 40;
const VIRAL_FACTOR = 8;
/** New shares that one share leads to, on average, at most: below 1 a cascade ends. */
const MOST_REPRODUCTION = 0.9;

export interface CascadeOptions {
  viewsPerShare: number;
  delayMs: number;
}

/** Reading that shares lead to. */
export interface Cascades {
  /** A post was shared: its readers come later. @param generation of the event that was the share; 0 for a reader's own */
  shared(ms: number, post: number, mix: Mix, generation: number): void;
  /** Takes what is due by a time: the post and its generation; undefined when nothing is. */
  take(ms: number): { post: number; generation: number } | undefined;
}

/** The mean number of views that a share of the post brings. */
export function viewsPerShare(post: number, mix: Mix, usual: number): number {
  const isViral = hash("viral", post) % VIRAL_ONE_OF === 0;
  const shareOfShares = mix.shares - mix.comments;
  return Math.min(usual * (isViral ? VIRAL_FACTOR : 1), MOST_REPRODUCTION / shareOfShares, MOST_VIEWS);
}

/** A sample of the Poisson distribution (Knuth's method; the means are small), at most twice MOST_VIEWS. */
function poisson(mean: number, random: Random): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.float(); product > limit && count < 2 * MOST_VIEWS; product *= random.float())
    count++;
  return count;
}

/** What is to come waits in a binary heap by time. */
export function createCascades(options: CascadeOptions, random: Random): Cascades {
  const due = new Float64Array(MOST_PENDING);
  const posts = new Int32Array(MOST_PENDING);
  const generations = new Uint8Array(MOST_PENDING);
  let size = 0;

  function put(index: number, ms: number, post: number, generation: number) {
    due[index] = ms;
    posts[index] = post;
    generations[index] = generation;
  }
  const move = (from: number, to: number) =>
    put(to, due[from] as number, posts[from] as number, generations[from] as number);

  function push(ms: number, post: number, generation: number) {
    if (size === MOST_PENDING) return;
    let index = size++;
    for (
      let parent = (index - 1) >> 1;
      index > 0 && (due[parent] as number) > ms;
      parent = (index - 1) >> 1
    ) {
      move(parent, index);
      index = parent;
    }
    put(index, ms, post, generation);
  }

  /** Puts the last entry where the first was. */
  function removeFirst() {
    const last = --size;
    const ms = due[last] as number;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= last) break;
      if (child + 1 < last && (due[child + 1] as number) < (due[child] as number)) child++;
      if ((due[child] as number) >= ms) break;
      move(child, index);
      index = child;
    }
    move(last, index);
  }

  return {
    shared(ms, post, mix, generation) {
      if (generation >= MOST_GENERATIONS) return;
      const views = poisson(viewsPerShare(post, mix, options.viewsPerShare), random);
      for (let view = 0; view < views; view++)
        push(ms - Math.log(1 - random.float()) * options.delayMs, post, generation + 1);
    },
    take(ms) {
      if (size === 0 || (due[0] as number) > ms) return undefined;
      const taken = { post: posts[0] as number, generation: generations[0] as number };
      removeFirst();
      return taken;
    },
  };
}
