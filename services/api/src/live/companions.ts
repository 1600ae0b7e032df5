/** What each client holds, connections or sockets, so that it is bounded however many it opens. */
export class Companions<T> {
  readonly #held = new Map<string, Set<T>>();

  /**
   * @param client undefined: one that is not limited, and not counted
   * @returns to be called when it is gone
   */
  join(client: string | undefined, one: T): () => void {
    if (client === undefined) return () => {};
    const held = this.#held.get(client) ?? new Set();
    this.#held.set(client, held.add(one));
    return () => {
      held.delete(one);
      if (!held.size) this.#held.delete(client);
    };
  }

  of(client: string | undefined): readonly T[] {
    return client === undefined ? [] : [...(this.#held.get(client) ?? [])];
  }
}
