import { LRUCache } from "lru-cache";
import type pg from "pg";
import { OutdatedSnapshot } from "../snapshot.ts";
import type { PostsHeld } from "./postIndex.ts";
import { SlotSet } from "./slotSet.ts";

/** Shorter texts have no trigram: all titles are read. */
const TRIGRAM = 3;
const KEPT = 32;

const SEARCH = (folded: string) => `
  select array_to_string(array(select post_id from shown_posts where ${folded} like $1), ',') as ids`;
const BY_TRIGRAMS = SEARCH("folded");
/** An expression, so that no index is gone through. */
const BY_READING = SEARCH("(folded || '')");

/** Who has a text in title or author's name. */
export interface Hits {
  /** Of this search. */
  id: number;
  needle: string;
  slots: SlotSet;
}

/** The hits of the last searches; each change of the catalogue is looked at for all of them. */
export class Searches {
  private readonly kept = new LRUCache<string, Hits>({ max: KEPT });
  private readonly running = new Map<string, { hits: Hits; finding: Promise<Hits> }>();
  private begun = 0;
  private forgotten = 0;

  has(q: string): boolean {
    return this.kept.has(q);
  }

  get(q: string): Hits | undefined {
    return this.kept.get(q);
  }

  /**
   * @param needle q as titles are folded; undefined when it was known before, and has been forgotten since
   * @throws OutdatedSnapshot when the catalogue changes meanwhile
   */
  find(client: pg.ClientBase, q: string, needle: string | undefined, held: PostsHeld): Promise<Hits> {
    if (needle === undefined) throw new OutdatedSnapshot();
    if (!held.titles.isComplete) return this.read(client, q, needle, held);
    let search = this.running.get(q);
    if (!search) {
      const hits = this.begin(needle, held);
      const finding = this.scan(q, hits, held).finally(() => {
        if (this.running.get(q)?.hits === hits) this.running.delete(q);
      });
      search = { hits, finding };
      this.running.set(q, search);
    }
    return search.finding;
  }

  changed(slot: number, folded: string | null, name: string): void {
    const all = [...this.kept.values(), ...[...this.running.values()].map(({ hits }) => hits)];
    for (const { needle, slots } of all)
      slots.put(slot, Boolean(folded?.includes(needle)) || name.includes(needle));
  }

  forget(): void {
    this.kept.clear();
    this.running.clear();
    this.forgotten++;
  }

  /** In memory. Changes meanwhile are made to the hits. */
  private async scan(q: string, hits: Hits, { titles }: PostsHeld): Promise<Hits> {
    // A text without any characters is in every name.
    await (hits.needle === "" ? undefined : titles.search(hits.needle, hits.slots));
    if (this.running.get(q)?.hits !== hits) throw new OutdatedSnapshot();
    this.kept.set(q, hits);
    return hits;
  }

  /** By PostgreSQL, as of the snapshot. */
  private async read(client: pg.ClientBase, q: string, needle: string, held: PostsHeld): Promise<Hits> {
    const { changedAt } = held;
    const { forgotten } = this;
    const byTrigrams = [...needle].length >= TRIGRAM;
    const { rows } = await client.query<{ ids: string }>({
      name: byTrigrams ? "post search by trigrams" : "post search by reading",
      text: byTrigrams ? BY_TRIGRAMS : BY_READING,
      values: [`%${needle.replace(/[\\%_]/g, "\\$&")}%`],
    });
    if (held.changedAt !== changedAt || forgotten !== this.forgotten) throw new OutdatedSnapshot();
    const hits = this.begin(needle, held);
    const { ids } = rows[0]!;
    for (const id of ids === "" ? [] : ids.split(",")) {
      const slot = held.columns.slotOf(Number(id));
      if (slot >= 0) hits.slots.add(slot);
    }
    this.kept.set(q, hits);
    return hits;
  }

  /** With the posts of the authors that have it in their name. */
  private begin(needle: string, { columns, authors }: PostsHeld): Hits {
    const slots = new SlotSet(columns.capacity);
    const byName = authors.map(({ folded }) => folded.includes(needle));
    if (byName.includes(true))
      for (let slot = 0; slot < columns.size; slot++) if (byName[columns.author[slot]!]) slots.add(slot);
    return { id: ++this.begun, needle, slots };
  }
}
