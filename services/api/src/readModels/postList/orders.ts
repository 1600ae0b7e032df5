import type { Direction } from "../cursor.ts";
import type { PostColumns } from "./columns.ts";
import { Groups } from "./groups.ts";
import { Order } from "./order.ts";

const BY_COUNTS = ["engagements", "rate", "lastFive", "lastHour", "lastDay"] as const;
/** The columns that posts are ranked by, most first. */
export type RankedColumn = Exclude<(typeof BY_COUNTS)[number], "rate">;
/** `author`: by the author's name. */
export type OrderedColumn = (typeof BY_COUNTS)[number] | "published" | "author";

const goesByCounts = (column: OrderedColumn): boolean => (BY_COUNTS as readonly string[]).includes(column);

/** Every order of the posts that has been asked for; each follows what changes. */
export class Orders {
  private readonly sliceMs: number | undefined;
  private readonly made = new Map<string, { column: OrderedColumn; order: Order }>();
  private readonly groups = new Groups(
    (slot) => this.each(({ order }) => order.remove(slot)),
    () => this.made.clear(),
  );

  /** @param sliceMs sorting lets others in after so long */
  constructor(sliceMs?: number) {
    this.sliceMs = sliceMs;
  }

  of(column: OrderedColumn, direction: Direction): Order {
    const name = `${column} ${direction}`;
    const isRanked = direction === "desc" && goesByCounts(column) && column !== "rate";
    const known = this.made.get(name);
    if (known) return known.order;
    const order = new Order(direction === "desc", isRanked ? this.groups : undefined, this.sliceMs);
    this.made.set(name, { column, order });
    return order;
  }

  /**
   * @param recentFrom posts published since then are recent, ms
   * @throws OutdatedSnapshot while the order is sorted
   */
  ranked(columns: PostColumns, column: RankedColumn, recentFrom: number) {
    this.groups.bringUp(columns, recentFrom);
    const order = this.of(column, "desc");
    order.bringUp(columns[column], columns.size);
    return { order, groups: this.groups };
  }

  counted(slot: number): void {
    this.each(({ column, order }) => {
      if (goesByCounts(column)) order.mark(slot);
    });
  }

  /** The post is new, or has other columns. */
  changed(columns: PostColumns, slot: number): void {
    this.groups.changed(columns, slot);
    this.each(({ order }) => order.mark(slot));
  }

  /** An author has another name. */
  renamed(): void {
    for (const [name, { column }] of this.made) if (column === "author") this.made.delete(name);
  }

  /** Slots are not what they were. */
  forget(): void {
    this.made.clear();
    this.groups.forget();
  }

  private each(use: (made: { column: OrderedColumn; order: Order }) => void): void {
    for (const made of this.made.values()) use(made);
  }
}
