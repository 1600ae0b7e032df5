/** The way of an event, as boxes and arrows: across on a desk, downwards on a phone. */

export interface Box {
  title: string;
  lines: string[];
  x: number;
  y: number;
  width: number;
  height: number;
  /** The page itself. */
  here: boolean;
}
export interface Arrow {
  path: string;
  /** What goes along it, and where that is written. */
  label: { text: string; under: string; x: number; y: number } | null;
}
export interface Figures {
  perSecond: string;
  lag: string;
  engagements: string;
  version: string;
}

export interface Drawing {
  boxes: Box[];
  arrows: Arrow[];
  height: number;
}

const LINE = 15;
const tall = (lines: number): number => 30 + lines * LINE;

const SOURCES: [title: string, line: string][] = [
  ["Your application", "Kafka protocol, any client"],
  ["POST /events", "acknowledged by Kafka first"],
  ["Simulator, import", "and whatever you load"],
];
const READERS: [title: string, line: string][] = [
  ["This page", "Socket.IO, after each fold"],
  ["REST, CSV, /metrics", "from rollups only"],
  ["Your SQL", "read-only, the tables below"],
];
const KAFKA = ["topic engagements", "keyed by post", "keeps what is not yet read"];
const INGEST = [
  "decode: never throws",
  "write: one transaction a batch,",
  "offsets beside the rows",
  "fold: deltas into rollups",
];
const stored = ({ engagements, version }: Figures): string[] => [
  `${engagements} engagements`,
  "deltas: what waits for the fold",
  `rollups: version ${version}`,
];

/** Below this width the drawing goes downwards. */
export const TURNS_AT = 820;

export const flowOf = (width: number, figures: Figures): Drawing =>
  width >= TURNS_AT ? across(width, figures) : down(width, figures);

function across(width: number, figures: Figures): Drawing {
  const gap = 74;
  const box = (width - 4 * gap) / 5;
  const x = (column: number) => column * (box + gap);
  const height = 222;
  const middle = height / 2;
  const column = (at: number, title: string, lines: string[], here = false): Box => ({
    title,
    lines,
    x: x(at),
    y: middle - tall(lines.length) / 2,
    width: box,
    height: tall(lines.length),
    here,
  });
  const side = (at: number, items: [string, string][], hereFirst: boolean): Box[] =>
    items.map(([title, line], i) => ({
      title,
      lines: [line],
      x: x(at),
      y: 4 + i * 78,
      width: box,
      height: 56,
      here: hereFirst && i === 0,
    }));
  const sources = side(0, SOURCES, false);
  const readers = side(4, READERS, true);
  const stations = [
    column(1, "Kafka", KAFKA),
    column(2, "Ingest", INGEST),
    column(3, "PostgreSQL", stored(figures)),
  ];
  const bend = (x1: number, y1: number, x2: number, y2: number) => {
    const half = (x1 + x2) / 2;
    return `M${x1} ${y1}C${half} ${y1} ${half} ${y2} ${x2} ${y2}`;
  };
  return {
    height,
    boxes: [...sources, ...stations, ...readers],
    arrows: [
      ...sources.map((from) => ({
        path: bend(from.x + box, from.y + from.height / 2, x(1), middle),
        label: null,
      })),
      {
        path: `M${x(1) + box} ${middle}H${x(2)}`,
        label: { text: `${figures.perSecond} /s`, under: `lag ${figures.lag}`, x: x(2) - gap / 2, y: middle },
      },
      {
        path: `M${x(2) + box} ${middle}H${x(3)}`,
        label: { text: "fold", under: "each second", x: x(3) - gap / 2, y: middle },
      },
      ...readers.map((to) => ({ path: bend(x(3) + box, middle, x(4), to.y + to.height / 2), label: null })),
    ],
  };
}

function down(width: number, figures: Figures): Drawing {
  const gap = 34;
  const stations: [title: string, lines: string[], here?: boolean][] = [
    ["Your application, POST /events, simulator", ["Kafka protocol, HTTP, or import"]],
    ["Kafka", KAFKA],
    ["Ingest", INGEST],
    ["PostgreSQL", stored(figures)],
    ["This page", ["Socket.IO, after each fold"], true],
    ["REST, CSV, /metrics; your SQL", ["from rollups only"]],
  ];
  let y = 0;
  const boxes = stations.map(([title, lines, here = false], i): Box => {
    const box = { title, lines, x: 0, y, width, height: tall(lines.length), here };
    y += box.height + (i === 4 ? 10 : gap);
    return box;
  });
  const labels = [null, `${figures.perSecond} /s, lag ${figures.lag}`, "a fold each second", null];
  return {
    height: y - gap,
    boxes,
    arrows: labels.flatMap((text, i) => {
      const from = boxes[i];
      const to = boxes[i + 1];
      if (!from || !to) return [];
      const begin = from.y + from.height;
      return [
        {
          path: `M${width / 2} ${begin}V${to.y}`,
          label: text === null ? null : { text, under: "", x: width / 2 + 12, y: begin + gap / 2 + 4 },
        },
      ];
    }),
  };
}
