const STORED = "pulseboard.theme";

/** Light or dark: the reader's choice, remembered, or the system's. The page's script in public/theme.js sets it first. */
export class Theme {
  #chosen = $state<string | null>(document.documentElement.dataset.theme ?? null);
  #system = $state(matchMedia("(prefers-color-scheme: dark)").matches);

  constructor() {
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => {
      this.#system = event.matches;
    });
  }

  get dark(): boolean {
    return this.#chosen ? this.#chosen === "dark" : this.#system;
  }

  toggle(): void {
    const theme = this.dark ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    this.#chosen = theme;
    try {
      localStorage.setItem(STORED, theme);
    } catch {
      // Storage is blocked: the choice lasts as long as the page.
    }
  }
}
