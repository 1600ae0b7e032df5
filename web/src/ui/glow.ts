import type { Attachment } from "svelte/attachments";

/** What an element showed before, and of what. */
const shown = new WeakMap<Element, { value: unknown; of: unknown }>();

/**
 * Lets an element glow once when its value changes.
 *
 * @param of what the value is of; of something else it is another figure, not a changed one
 */
export function glow(value: unknown, of: unknown = null): Attachment {
  return (element) => {
    const before = shown.get(element);
    shown.set(element, { value, of });
    if (!before || before.of !== of || before.value === value) return;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const from = "color-mix(in oklab, var(--accent) 32%, transparent)";
    element.animate({ backgroundColor: [from, "transparent"] }, { duration: 600, easing: "ease-out" });
  };
}
