import type { Rest } from "../live/rest.ts";
import { matching, type Option } from "../ui/combobox.ts";
import type { Address } from "./address.svelte.ts";
import { zoneGroups } from "./zones.ts";

const SHOWN = 50;

/** What the filters of the top bar offer, found by typing. */
export class Choices {
  #rest: Rest;
  #address: Address;
  #categories: Promise<Option[]> | null = null;
  #authorName = $state.raw<{ id: number; name: string } | null>(null);

  constructor(rest: Rest, address: Address) {
    this.#rest = rest;
    this.#address = address;
  }

  /** The chosen author's name; its number until the name is known. */
  get authorName(): string | null {
    const { authorId } = this.#address;
    if (authorId === null) return null;
    return this.#authorName?.id === authorId ? this.#authorName.name : `author ${authorId}`;
  }

  /** Learns the name of the author that the address names; to be called when that changes. */
  learnAuthor(): () => void {
    const abort = new AbortController();
    const { authorId: id } = this.#address;
    if (id !== null && this.#authorName?.id !== id) void this.#learn(id, abort.signal);
    return () => abort.abort();
  }

  async #learn(id: number, signal: AbortSignal): Promise<void> {
    try {
      const answer = await this.#rest.get(`/author/${id}/trends`, {}, { signal });
      if (answer.data && !signal.aborted) this.#authorName = { id, name: answer.data.author_name };
    } catch {
      // Unknown, or the server is away, which the page says already: the number stands for the name.
    }
  }

  authors = async (text: string, signal: AbortSignal): Promise<Option[]> => {
    const sort = text ? "name" : "engagements";
    const answer = await this.#rest.get("/authors", { q: text, sort, limit: SHOWN }, { signal });
    return (answer.data?.authors ?? []).map(({ author_id, name, category }) => ({
      value: String(author_id),
      label: name,
      note: category,
    }));
  };

  categories = async (text: string, signal: AbortSignal): Promise<Option[]> => {
    this.#categories ??= this.#rest
      .get("/categories/top", { limit: SHOWN })
      .then((answer) => (answer.data ?? []).map(({ category }) => ({ value: category, label: category })));
    try {
      const all = await this.#categories;
      signal.throwIfAborted();
      const found = matching(all, text, SHOWN);
      // There may be more than were asked for: one that is typed in full can be chosen.
      const rest = all.length >= SHOWN && text !== "" && !all.some(({ value }) => value === text);
      return rest ? [...found, { value: text, label: text }] : found;
    } catch (error) {
      this.#categories = null;
      throw error;
    }
  };

  zones = async (text: string): Promise<Option[]> => {
    const groups = zoneGroups(this.#address.ownZone, this.#address.zone, Intl.supportedValuesOf("timeZone"));
    const all = groups.flatMap(({ zones }) => zones.map((zone) => ({ value: zone, label: zone })));
    return matching(all, text, 500);
  };
}
