const NAME = "pulseboard.key";

/** The parameter of a share link's fragment. A fragment is not sent to the server, so it is in no log. */
const FRAGMENT = "key";

/** The reader's key for a server that lets only holders of one read: kept as long as the tab. */
export class ReadKey {
  #key: string;

  constructor() {
    this.#key = stored();
    const shared = new URLSearchParams(location.hash.slice(1)).get(FRAGMENT);
    if (shared === null) return;
    // Out of the address before anything is asked, so that it is not copied along with it.
    history.replaceState(null, "", location.pathname + location.search);
    this.keep(shared);
  }

  /** What the handshake carries. */
  get auth(): { key?: string } {
    return this.#key ? { key: this.#key } : {};
  }

  keep(key: string): void {
    this.#key = key.trim();
    try {
      sessionStorage.setItem(NAME, this.#key);
    } catch {
      // Storage is forbidden here: the key lasts as long as the page.
    }
  }
}

function stored(): string {
  try {
    return sessionStorage.getItem(NAME) ?? "";
  } catch {
    return "";
  }
}
