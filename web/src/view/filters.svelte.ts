import type { Board, Window } from "@pulseboard/contract";
import { isZone, ownZone } from "../model/zones.ts";

export const BOARDS = ["posts", "authors", "categories"] as const satisfies readonly Board[];
export const WINDOWS = ["5m", "1h", "24h"] as const satisfies readonly Window[];
export type Place = "dashboard" | "about";

/** What the reader chose, kept in the address and nowhere else, under the contract's names. */
export class Filters {
  readonly own = ownZone();
  #query = $state.raw(new URLSearchParams(location.search));

  constructor() {
    addEventListener("popstate", () => {
      this.#query = new URLSearchParams(location.search);
    });
  }

  get zone(): string {
    const asked = this.#query.get("tz");
    return asked !== null && isZone(asked) ? asked : this.own;
  }
  get category(): string | null {
    return this.#query.get("category") || null;
  }
  get authorId(): number | null {
    const asked = this.#query.get("author_id") ?? "";
    return /^[1-9]\d{0,9}$/.test(asked) ? Number(asked) : null;
  }
  get by(): Board {
    return BOARDS.find((board) => board === this.#query.get("by")) ?? "posts";
  }
  get window(): Window {
    return WINDOWS.find((window) => window === this.#query.get("window")) ?? "1h";
  }
  get place(): Place {
    return this.#query.get("view") === "about" ? "about" : "dashboard";
  }
  get wall(): boolean {
    return this.#query.has("wall");
  }

  /** The address with some choices changed; null leaves one to its default. */
  href(changes: Record<string, string | null>): string {
    const query = new URLSearchParams(this.#query);
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) query.delete(name);
      else query.set(name, value);
    }
    const text = query.toString();
    return text ? `?${text}` : location.pathname;
  }

  /** A choice replaces the address; another page is a step that Back undoes. */
  set(changes: Record<string, string | null>): void {
    const href = this.href(changes);
    if ("view" in changes) history.pushState(null, "", href);
    else history.replaceState(null, "", href);
    this.#query = new URLSearchParams(location.search);
  }
}
