/** Charts and answers as files. */

/** Pixels of the picture for one of the page. */
const SCALE = 2;
/** Room around the chart, for what reaches over its edge. */
const MARGIN = 8;

/** Saves what an element shows, as it looks now, on the surface's colour. */
export async function savePicture(of: HTMLElement, name: string): Promise<void> {
  const box = of.getBoundingClientRect();
  // Before anything is awaited: scrolling moves them, and not the box that was measured.
  const charts = [...of.querySelectorAll("canvas")].map((chart) => ({
    chart,
    at: chart.getBoundingClientRect(),
  }));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round((box.width + 2 * MARGIN) * SCALE);
  canvas.height = Math.round((box.height + 2 * MARGIN) * SCALE);
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("this browser draws no pictures");
  pen.fillStyle = surfaceOf(of);
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.scale(SCALE, SCALE);
  pen.drawImage(await imageOf(of, box), 0, 0);
  // An image shows no canvas.
  for (const { chart, at } of charts) {
    pen.drawImage(chart, at.left - box.left + MARGIN, at.top - box.top + MARGIN, at.width, at.height);
  }
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (!blob) throw new Error("this browser makes no PNG");
  saveFile(blob, `${name}.png`);
}

/** Hands a file to the browser, to be saved. */
export function saveFile(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Only the colour of an element is resolved, light-dark() and all. */
function surfaceOf(within: HTMLElement): string {
  const probe = document.createElement("i");
  probe.hidden = true;
  probe.style.color = "var(--surface)";
  within.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

/** A copy of the element that carries its own looks, for an image knows no style sheet. */
async function imageOf(element: HTMLElement, box: DOMRect): Promise<HTMLImageElement> {
  const [width, height] = [box.width + 2 * MARGIN, box.height + 2 * MARGIN];
  const copy = copyOf(element) as HTMLElement;
  Object.assign(copy.style, {
    position: "absolute",
    inset: `${MARGIN}px auto auto ${MARGIN}px`,
    margin: "0",
  });
  copy.setAttribute("xmlns", "http://www.w3.org/1999/xhtml");
  const image = new Image();
  const markup =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    `<foreignObject width="100%" height="100%">${new XMLSerializer().serializeToString(copy)}</foreignObject></svg>`;
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(markup)}`;
  await image.decode();
  return image;
}

function copyOf(element: Element): Element {
  const copy = element.cloneNode(false) as HTMLElement | SVGElement;
  copy.removeAttribute("class");
  wear(copy, getComputedStyle(element));
  copy.append(...markOf(element, "::before"));
  for (const child of element.childNodes) {
    if (child instanceof Element) copy.append(copyOf(child));
    else if (child.nodeType === Node.TEXT_NODE) copy.append(child.cloneNode());
  }
  return copy;
}

function wear(copy: HTMLElement | SVGElement, looks: CSSStyleDeclaration): void {
  copy.style.cssText = [...looks].map((name) => `${name}:${looks.getPropertyValue(name)}`).join(";");
}

/** What a style sheet puts before the content, as an element. */
function markOf(element: Element, place: "::before"): HTMLElement[] {
  const looks = getComputedStyle(element, place);
  if (looks.content === "none" || looks.content === "normal") return [];
  const mark = document.createElement("span");
  wear(mark, looks);
  return [mark];
}
