import { isZone, ownZone } from "./zones.ts";

/** The views, as `?view=` names them; the dashboard is what is shown without one. */
export const VIEWS = ["dashboard", "posts", "post", "authors", "author", "about"] as const;
export type View = (typeof VIEWS)[number];

/** What holds for every view and goes along with a link; all other parameters belong to one view. */
const SHARED = ["category", "author_id", "tz", "theme"];

export type Params = Record<string, string | number | null>;

/**
 * Where the reader is: the view and what was chosen, kept in the address and nowhere else, so that reload, Back and a
 * link sent to someone show the same. REST's names are used throughout.
 */
export class Address {
  readonly ownZone = ownZone();
  #query = $state.raw(new URLSearchParams(location.search));
  #steps = $state(0);

  constructor() {
    addEventListener("popstate", () => this.#read());
  }

  get view(): View {
    const asked = this.#query.get("view") ?? "dashboard";
    return VIEWS.find((view) => view === asked) ?? "dashboard";
  }
  /** The post or author that the view is about. */
  get id(): number | null {
    return idOf(this.#query.get("id"));
  }
  get zone(): string {
    const asked = this.#query.get("tz");
    return asked !== null && isZone(asked) ? asked : this.ownZone;
  }
  get category(): string | null {
    return this.#query.get("category") || null;
  }
  get authorId(): number | null {
    return idOf(this.#query.get("author_id"));
  }
  get wall(): boolean {
    return this.#query.has("wall") && this.view === "dashboard";
  }
  /** How often the reader went to another view by a link. */
  get steps(): number {
    return this.#steps;
  }

  /** All parameters, for a view that reads many of its own at once. */
  get query(): Readonly<URLSearchParams> {
    return this.#query;
  }
  /** A parameter of the present view; empty is the same as absent. */
  param(name: string): string | null {
    return this.#query.get(name) || null;
  }
  /** A parameter that must be one of some words, the first when it is none. */
  word<const W extends readonly [string, ...string[]]>(name: string, words: W): W[number] {
    return words.find((word) => word === this.#query.get(name)) ?? words[0];
  }

  /** The href of a view, with parameters of its own; the filters hold there too. */
  link(view: View, params: Params = {}): string {
    const query = new URLSearchParams(SHARED.flatMap((name) => this.#pair(name)));
    if (view !== "dashboard") query.set("view", view);
    return hrefOf(merged(query, params));
  }
  /** The href of the present view with some parameters changed; null leaves one to its default. */
  with(params: Params): string {
    return hrefOf(merged(this.#query, params));
  }

  /** Changes parameters of the present view: the address is replaced, Back does not undo it. */
  set(params: Params): void {
    history.replaceState(null, "", this.with(params));
    this.#read();
  }
  /** Goes to an href of this page: a step that Back undoes. */
  go(href: string): void {
    history.pushState(null, "", href);
    this.#read();
    this.#steps++;
  }

  #pair(name: string): [string, string][] {
    const value = this.#query.get(name);
    return value ? [[name, value]] : [];
  }
  #read(): void {
    this.#query = new URLSearchParams(location.search);
  }
}

const idOf = (text: string | null): number | null =>
  text !== null && /^[1-9]\d{0,9}$/.test(text) ? Number(text) : null;

function merged(query: URLSearchParams, params: Params): URLSearchParams {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(params)) {
    if (value === null || value === "") next.delete(name);
    else next.set(name, String(value));
  }
  return next;
}

function hrefOf(query: URLSearchParams): string {
  const text = query.toString();
  return text ? `?${text}` : location.pathname;
}
