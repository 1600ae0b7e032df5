import type { LiveSet } from "./liveSet.ts";

/** Under which name a socket's client is counted; undefined when it is not limited. */
export type Client = string | undefined;

/** Who holds which parameter set, so that what one client alone makes the server hold is bounded. */
export class Holders {
  /** By set and client: its subscriptions and those being answered. */
  readonly #holds = new Map<LiveSet, Map<Client, number>>();
  /** By client: the sets that nobody else holds. */
  readonly #alone = new Map<Client, number>();

  isHeld(set: LiveSet): boolean {
    return this.#holds.has(set);
  }

  alone(client: Client): number {
    return this.#alone.get(client) ?? 0;
  }

  add(set: LiveSet, client: Client): void {
    const holds = this.#holds.get(set) ?? new Map<Client, number>();
    this.#holds.set(set, holds);
    const held = holds.get(client) ?? 0;
    holds.set(client, held + 1);
    if (held > 0) return;
    if (holds.size === 1) this.#count(client, 1);
    // Until now one client held it alone.
    else if (holds.size === 2) for (const other of holds.keys()) if (other !== client) this.#count(other, -1);
  }

  /** Takes back one add(). */
  remove(set: LiveSet, client: Client): void {
    const holds = this.#holds.get(set);
    const held = holds?.get(client);
    if (!holds || held === undefined) return;
    if (held > 1) {
      holds.set(client, held - 1);
      return;
    }
    holds.delete(client);
    if (holds.size === 0) {
      this.#holds.delete(set);
      this.#count(client, -1);
    } else if (holds.size === 1) for (const other of holds.keys()) this.#count(other, 1);
  }

  #count(client: Client, change: number): void {
    const count = this.alone(client) + change;
    if (count === 0) this.#alone.delete(client);
    else this.#alone.set(client, count);
  }
}
