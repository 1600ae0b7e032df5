import type { Outlet } from "./outlet.ts";

/** The sockets of each client, so that what one client holds is bounded however many sockets it opens. */
export class Companions {
  readonly #outlets = new Map<string, Set<Outlet>>();

  /** @returns to be called when the socket is gone */
  join(client: string, outlet: Outlet): () => void {
    const outlets = this.#outlets.get(client) ?? new Set();
    this.#outlets.set(client, outlets.add(outlet));
    return () => {
      outlets.delete(outlet);
      if (!outlets.size) this.#outlets.delete(client);
    };
  }

  /** Subscriptions of all the client's sockets. */
  subscriptions(client: string): number {
    return [...(this.#outlets.get(client) ?? [])].reduce((sum, { subscribers }) => sum + subscribers.size, 0);
  }
}
