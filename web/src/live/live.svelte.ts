import type { Channel } from "@pulseboard/contract";
import { untrack } from "svelte";
import { SvelteSet } from "svelte/reactivity";
import { Accounts } from "./accounts.svelte.ts";
import { Connection } from "./connection.svelte.ts";
import type { Params } from "./held.ts";
import { Pulse } from "./pulse.svelte.ts";
import type { ReadKey } from "./readKey.ts";
import { type Source, sharedRefusal } from "./source.ts";
import { Subscription } from "./subscription.svelte.ts";

/** A glance at another tab ends no subscription, ms. */
const HIDDEN_FOR = 10_000;

/** What every view shares of the server: the connection, how fresh it is, the totals, and what was refused. */
export class Live {
  readonly connection: Connection;
  readonly pulse: Pulse;
  readonly accounts = new Accounts();
  readonly totals: Subscription<"totals">;
  #sources = new SvelteSet<Source>();
  #watched = $state(document.visibilityState === "visible");
  /** Sources whose failing is told for the whole page, even alone. */
  #pageWide = new Set<Source>();

  constructor(key: ReadKey) {
    this.connection = new Connection(key);
    this.pulse = new Pulse(this.connection);
    this.totals = new Subscription("totals", {}, (message) => {
      this.connection.carries();
      this.pulse.hear(message);
      this.accounts.hear(message);
    });
    this.#sources.add(this.totals);
    this.#pageWide.add(this.totals);
  }

  /** False once the tab has been hidden for a while: then only the totals are followed. */
  get watched() {
    return this.#watched;
  }

  #watch(): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      clearTimeout(timer);
      if (document.visibilityState === "visible") this.#watched = true;
      else
        timer = setTimeout(() => {
          this.#watched = false;
        }, HIDDEN_FOR);
    };
    document.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }

  start(): () => void {
    const stops = [
      this.totals.follow(this.connection),
      this.pulse.start(),
      this.#watch(),
      this.connection.start(),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  #stats = $derived.by(() => this.totals.message?.data ?? null);
  #refused = $derived.by(() =>
    [...this.#sources].filter(({ mode, problem }) => mode !== "held" && problem !== null),
  );
  #shared = $derived.by(() => sharedRefusal(this.#refused, this.#pageWide));

  get stats() {
    return this.#stats;
  }
  /** The newest stats version that was heard of. */
  get version(): number | null {
    return this.#stats?.version ?? null;
  }

  /** Up to when it is counted, ms since the epoch. */
  get asOf(): number | null {
    return this.totals.asOf;
  }

  /** Counts a source among those whose shared refusal is told once; until the returned function is called. */
  register(source: Source, { pageWide = false } = {}): () => void {
    this.#sources.add(source);
    if (pageWide) this.#pageWide.add(source);
    return () => {
      this.#sources.delete(source);
      this.#pageWide.delete(source);
    };
  }
  /** The refusal that several panels share, to be told once; null when each has its own or there is none. */
  get shared() {
    return this.#shared;
  }
  retryAll(): void {
    for (const source of this.#refused) source.retry();
  }
}

/**
 * Follows a channel as long as the calling component lives; other parameters are asked for when they change. To be
 * called while a component is set up.
 */
export function follow<C extends Channel>(
  live: Live,
  channel: C,
  params: () => Params,
  options: { pageWide?: boolean } = {},
): Subscription<C> {
  const subscription = new Subscription(channel, untrack(params));
  $effect(() => untrack(() => live.register(subscription, options)));
  $effect(() => {
    if (live.watched) return untrack(() => subscription.follow(live.connection));
  });
  $effect(() => subscription.change(params()));
  return subscription;
}
