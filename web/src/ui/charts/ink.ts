/**
 * Colours and sizes for a canvas. getComputedStyle gives a custom property as it was written, light-dark() and all;
 * only the `color` of an element is resolved, so an element is painted and asked.
 */
export class Ink {
  #probe: HTMLElement;
  #known = new Map<string, string>();
  readonly family: string;
  /** px of one rem. */
  readonly rem: number;

  constructor(near: HTMLElement) {
    this.#probe = near.ownerDocument.createElement("i");
    this.#probe.hidden = true;
    near.append(this.#probe);
    this.family = getComputedStyle(near).fontFamily;
    this.rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  }

  /** The colour of a token, such as --accent. */
  of(token: `--${string}`): string {
    let colour = this.#known.get(token);
    if (!colour) {
      this.#probe.style.color = `var(${token})`;
      colour = getComputedStyle(this.#probe).color;
      this.#known.set(token, colour);
    }
    return colour;
  }

  /** A CSS font of the axis size. */
  font(weight = 400): string {
    return `${weight} ${0.6875 * this.rem}px ${this.family}`;
  }

  dispose(): void {
    this.#probe.remove();
  }
}
