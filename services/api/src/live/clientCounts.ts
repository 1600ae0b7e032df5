/** How many of something each client has; a client that is not limited is not counted. */
export class ClientCounts {
  readonly #counts = new Map<string, number>();

  of(client: string | undefined): number {
    return client === undefined ? 0 : (this.#counts.get(client) ?? 0);
  }

  /** @returns to be called once when it is gone */
  join(client: string | undefined): () => void {
    if (client === undefined) return () => {};
    this.#counts.set(client, this.of(client) + 1);
    return () => {
      const left = this.of(client) - 1;
      if (left === 0) this.#counts.delete(client);
      else this.#counts.set(client, left);
    };
  }
}
