const NAME = "pulseboard.shortcuts";

/**
 * Shortcuts of a single key, which a reader who speaks to the machine, or whose hand rests on keys, can turn off.
 * Remembered in this browser.
 */
class Shortcuts {
  #on = $state(read());

  get on() {
    return this.#on;
  }
  set(on: boolean): void {
    this.#on = on;
    try {
      if (on) localStorage.removeItem(NAME);
      else localStorage.setItem(NAME, "off");
    } catch {
      // Storage is forbidden here: the choice lasts as long as the page.
    }
  }

  /** Whether a key pressed anywhere on the page means the shortcut, and is not typed into something. */
  means(event: KeyboardEvent, key: string): boolean {
    if (!this.#on || event.key !== key || event.defaultPrevented || event.repeat) return false;
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    return !(event.target as Element).closest?.("input, textarea, select, dialog, [contenteditable]");
  }
}

function read(): boolean {
  try {
    return localStorage.getItem(NAME) !== "off";
  } catch {
    return true;
  }
}

export const shortcuts = new Shortcuts();
