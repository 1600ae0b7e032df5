/** Functions that run in the page. */

/** Notes the frame in which each sum of `selector`'s numbers was first on screen. */
export function watchSum({ selector, attribute }) {
  const times = [];
  window.timesShown = times;
  const sum = () =>
    [...document.querySelectorAll(selector)].reduce(
      (total, element) => total + Number(element.getAttribute(attribute)?.replace(/\D/g, "") ?? 0),
      0,
    );
  const note = () => {
    const shown = sum();
    // A mutation comes before the frame that paints it; the next frame begins when that one is painted.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        for (let count = shown; count >= 0 && times[count] === undefined; count--) times[count] = Date.now();
      }),
    );
  };
  note();
  new MutationObserver(note).observe(document.body, {
    subtree: true,
    childList: true,
    attributeFilter: [attribute],
  });
}

/** When it was, ms since the epoch. */
export const shownAt = (sum) => window.timesShown[sum];
