/** Charts and answers as files. */

const LOOKS = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-linejoin",
  "opacity",
  "font-family",
  "font-size",
  "font-weight",
  "text-anchor",
  "paint-order",
  "visibility",
] as const;
/** Pixels of the picture for one of the page. */
const SCALE = 2;

/** Saves the chart within an element, as it looks now, on the surface's colour. */
export async function savePicture(within: HTMLElement, name: string): Promise<void> {
  const source = within.querySelector<HTMLCanvasElement | SVGSVGElement>("canvas, svg");
  if (!source) return;
  const box = source.getBoundingClientRect();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(box.width * SCALE);
  canvas.height = Math.round(box.height * SCALE);
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("this browser draws no pictures");
  pen.fillStyle = surfaceOf(within);
  pen.fillRect(0, 0, canvas.width, canvas.height);
  const image = source instanceof SVGSVGElement ? await imageOf(source, box) : source;
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
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

/** A copy that carries its own looks, for an image knows no style sheet. */
async function imageOf(svg: SVGSVGElement, box: DOMRect): Promise<HTMLImageElement> {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const copies = [copy, ...copy.querySelectorAll<SVGElement>("*")];
  for (const [i, element] of [svg, ...svg.querySelectorAll<SVGElement>("*")].entries()) {
    const looks = getComputedStyle(element);
    for (const look of LOOKS) copies[i]?.style.setProperty(look, looks.getPropertyValue(look));
  }
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(box.width));
  copy.setAttribute("height", String(box.height));
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  return image;
}
