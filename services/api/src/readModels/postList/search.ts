import { LRUCache } from "lru-cache";
import type pg from "pg";
import type { PostColumns } from "./columns.ts";

/** Shorter texts have no trigram: all titles are read. */
const TRIGRAM = 3;
const KEPT = 32;

/** The text as titles are folded, and the posts that have it in their title; $2: whether to go by trigrams. */
const SEARCH = (folded: string) => `
  with needle as materialized (
    select fold_text($1) as text
  )
  select n.text as needle, array_to_string(array(
           select p.post_id from shown_posts p
           where ${folded} like '%' || regexp_replace(n.text, '([\\\\%_])', '\\\\\\1', 'g') || '%'
         ), ',') as ids
  from needle n`;
const BY_TRIGRAMS = SEARCH("p.folded");
/** An expression, so that no index is gone through. */
const BY_READING = SEARCH("(p.folded || '')");

/** Who has a text in title or author's name. */
export interface Hits {
  /** Of this finding. */
  id: number;
  needle: string;
  /** By slot: 1 for a post that has it. */
  bytes: Uint8Array;
}

/** The hits of the last searches; each change of the catalogue is looked at for all of them. */
export class Searches {
  private readonly kept = new LRUCache<string, Hits>({ max: KEPT });
  private found = 0;

  async find(client: pg.ClientBase, q: string): Promise<{ needle: string; ids: Int32Array }> {
    const byTrigrams = [...q].length >= TRIGRAM;
    const { rows } = await client.query<{ needle: string; ids: string }>({
      name: byTrigrams ? "post search by trigrams" : "post search by reading",
      text: byTrigrams ? BY_TRIGRAMS : BY_READING,
      values: [q],
    });
    const { needle, ids } = rows[0]!;
    return { needle, ids: Int32Array.from(ids === "" ? [] : ids.split(","), Number) };
  }

  get(q: string): Hits | undefined {
    return this.kept.get(q);
  }

  keep(q: string, found: { needle: string; ids: Int32Array }, columns: PostColumns, names: string[]): Hits {
    const { needle, ids } = found;
    const bytes = new Uint8Array(columns.capacity);
    for (const id of ids) {
      const slot = columns.slotOf(id);
      if (slot >= 0) bytes[slot] = 1;
    }
    const byName = names.map((name) => name.includes(needle));
    if (byName.includes(true))
      for (let slot = 0; slot < columns.size; slot++) if (byName[columns.author[slot]!]) bytes[slot] = 1;
    const hits = { id: ++this.found, needle, bytes };
    this.kept.set(q, hits);
    return hits;
  }

  changed(slot: number, folded: string | null, name: string): void {
    for (const { needle, bytes } of this.kept.values())
      bytes[slot] = Number(Boolean(folded?.includes(needle)) || name.includes(needle));
  }

  forget(): void {
    this.kept.clear();
  }
}
