import type { Catalogue } from "../catalogue.ts";
import { hash, type Random } from "../random.ts";
import { decayOf } from "./aging.ts";
import { categoryCurve, hourOfWeek } from "./curves.ts";
import { createSampler, type Sampler } from "./population.ts";

const EXPONENT = 0.95;
/** Flattens the very top, so that one post does not take a whole day. */
const SHIFT = 10;
/** Appeals are weighed anew this often; in between, draws are thinned by what has changed. */
const REWEIGH_MS = 3_600_000;
/** Draws at most for one engagement. */
const MOST_TRIES = 64;

/** What posts are there, and which of them is engaged with. */
export interface Posts {
  /** How many there are at the moment. */
  readonly size: number;
  /** The id of a post by its place, newest first. */
  newest(place: number): number;
  /** A post by appeal, age and the hour of the week. @param ms since the start of the run, never falling */
  pick(ms: number, random: Random): number;
  /** When it was published, in ms from the start of the run: below 0 for what was there before. */
  publishedAt(postId: number): number;
  /** One more post, from now on. */
  add(postId: number, publishedAt: number, category: string): void;
  /** The catalogue was changed by others: takes up its new posts, and leaves those that are no longer in it. */
  use(catalogue: Catalogue, ms: number): void;
}

/**
 * Draws post p at time t with probability in proportion to `appeal(p) x decay(age(p, t)) x curve(category(p), t)`.
 * Appeal is Zipf-like: (SHIFT + rank)^-EXPONENT, the rank drawn from the post's id.
 * The newest post of the catalogue is new at the start of the run, however old the catalogue is.
 * @param startsAt time of the week at the start of the run, ms since Monday 00:00 UTC
 */
export function createPosts(catalogue: Catalogue, startsAt: number): Posts {
  const { ids: known, published, category } = catalogue.posts;
  let inCatalogue = known;
  // Oldest first, so that new ones come at the end.
  const ids = Array.from(known).reverse();
  const newestAt = published[0] ?? 0;
  const publishedAt = Array.from(published, (time) => time - newestAt).reverse();
  const names = [...catalogue.categories];
  const categories = Array.from(category).reverse();
  const places = new Map(ids.map((id, place) => [id, place]));

  const appealOf = (postId: number) =>
    (1 + SHIFT + (hash("appeal", postId) / 2 ** 32) * known.length) ** -EXPONENT;
  const appeals = ids.map(appealOf);
  const curves = names.map(categoryCurve);
  let highest = Math.max(...curves.map((curve) => Math.max(...curve)));

  let weighedAt = 0;
  let sampler: Sampler;
  let weighed = 0;
  let total = 0;
  /** Running sums of the appeals of the posts that came since. */
  let fresh: number[] = [];

  const ageAt = (place: number, ms: number) => ms - (publishedAt[place] as number);

  function weigh(ms: number) {
    weighedAt = ms;
    weighed = ids.length;
    fresh = [];
    const weights = Float64Array.from(appeals, (appeal, place) => appeal * decayOf(ageAt(place, ms)));
    total = weights.reduce((a, b) => a + b, 0);
    sampler = createSampler(weights);
  }
  weigh(0);

  function draw(random: Random): number {
    const freshTotal = fresh.at(-1) ?? 0;
    const at = freshTotal > 0 ? random.float() * (total + freshTotal) : total;
    if (at >= freshTotal) return sampler.pick(random);
    let low = 0;
    let high = fresh.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((fresh[middle] as number) > at) high = middle;
      else low = middle + 1;
    }
    return weighed + low;
  }

  function add(postId: number, at: number, name: string) {
    if (places.has(postId)) return;
    places.set(postId, ids.push(postId) - 1);
    publishedAt.push(at);
    categories.push(indexOf(name));
    const appeal = appealOf(postId);
    appeals.push(appeal);
    fresh.push((fresh.at(-1) ?? 0) + appeal * decayOf(0));
  }

  function indexOf(name: string): number {
    const known = names.indexOf(name);
    if (known !== -1) return known;
    const curve = categoryCurve(name);
    curves.push(curve);
    highest = Math.max(highest, ...curve);
    return names.push(name) - 1;
  }

  return {
    get size() {
      return ids.length;
    },
    newest(place) {
      let at = ids.length - 1 - place;
      // A post that was withdrawn gives way to an older one, or else to the newest that is left.
      while (at >= 0 && appeals[at] === 0) at--;
      return ids[at >= 0 ? at : appeals.findLastIndex((appeal) => appeal > 0)] as number;
    },
    publishedAt: (postId) => publishedAt[places.get(postId) ?? -1] ?? 0,
    pick(ms, random) {
      if (ms - weighedAt >= REWEIGH_MS) weigh(ms);
      const hour = hourOfWeek(startsAt + ms);
      for (let tries = 1; ; tries++) {
        const place = draw(random);
        const before = place < weighed ? decayOf(ageAt(place, weighedAt)) : decayOf(0);
        const curve = (curves[categories[place] as number] as Float64Array)[hour] as number;
        const kept = (decayOf(ageAt(place, ms)) / before) * (curve / highest);
        if (random.float() < kept || tries === MOST_TRIES) return ids[place] as number;
      }
    },
    add,
    use(next, ms) {
      const left = new Set(inCatalogue);
      for (const id of next.posts.ids) left.delete(id);
      for (const id of left) appeals[places.get(id) as number] = 0;
      for (let index = next.posts.ids.length - 1; index >= 0; index--) {
        const at = Math.min(ms, (next.posts.published[index] as number) - newestAt);
        add(
          next.posts.ids[index] as number,
          at,
          next.categories[next.posts.category[index] as number] as string,
        );
      }
      inCatalogue = next.posts.ids;
      weigh(ms);
    },
  };
}
