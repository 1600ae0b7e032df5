const NAME = "pulseboard.key";

/** The reader's key for a server that lets only holders of one read: kept as long as the tab. */
export class ReadKey {
  #key: string;

  constructor() {
    this.#key = stored();
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

/** 401: no key, or one that is not known. 403: one without the right to read. */
export function isForWantOfKey(error: Error & { data?: { status?: unknown } }): boolean {
  return error.data?.status === 401 || error.data?.status === 403;
}
