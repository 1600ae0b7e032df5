import type { PostColumns } from "./columns.ts";

/** Groups that there is room for at first: a few per category. */
const FIRST_ROOM = 64;
const WITHDRAWN = 0;

/**
 * Which posts are ranked together: those of a category, recent or not, and the withdrawn ones, which are ranked nowhere.
 * A post's group stays until it is moved here: orders count by it.
 */
export class Groups {
  /** More than any group's number. */
  most = FIRST_ROOM;
  /** By slot. */
  private numbers: Int32Array = new Int32Array(0);
  private recentFrom: number | undefined;
  private readonly moves: (slot: number) => void;
  private readonly reset: () => void;

  /**
   * @param moves called with each slot just before its group changes
   * @param reset called when all groups were computed again, so that counts by group are invalid
   */
  constructor(moves: (slot: number) => void, reset: () => void) {
    this.moves = moves;
    this.reset = reset;
  }

  of(slot: number): number {
    return this.numbers[slot] ?? WITHDRAWN;
  }

  readonly withdrawn = [WITHDRAWN];

  /** Groups of a category's posts, or only of the recent ones; none of a category that is not there (-1). */
  ofCategory(category: number, { recentOnly = false } = {}): number[] {
    if (category < 0) return [];
    const recent = 2 * category + 2;
    return recentOnly ? [recent] : [recent - 1, recent];
  }

  /** @param recentFrom posts published since then are recent, ms */
  bringUp(columns: PostColumns, recentFrom: number): void {
    this.makeRoom(columns);
    if (this.numbers.length !== columns.capacity) {
      this.numbers = new Int32Array(columns.capacity);
      for (let slot = 0; slot < columns.size; slot++)
        this.numbers[slot] = this.groupOf(columns, slot, recentFrom);
      this.reset();
    } else if (recentFrom !== this.recentFrom)
      for (let slot = 0; slot < columns.size; slot++) this.move(columns, slot, recentFrom);
    this.recentFrom = recentFrom;
  }

  /** The post is new, or has other columns. */
  changed(columns: PostColumns, slot: number): void {
    if (this.recentFrom === undefined || this.numbers.length !== columns.capacity) return;
    this.makeRoom(columns);
    this.move(columns, slot, this.recentFrom);
  }

  forget(): void {
    this.numbers = new Int32Array(0);
  }

  private move(columns: PostColumns, slot: number, recentFrom: number): void {
    const group = this.groupOf(columns, slot, recentFrom);
    if (group === this.numbers[slot]) return;
    this.moves(slot);
    this.numbers[slot] = group;
  }

  private groupOf({ withdrawn, category, published }: PostColumns, slot: number, recentFrom: number): number {
    if (withdrawn[slot] === 1) return WITHDRAWN;
    return 2 * category[slot]! + 1 + Number(published[slot]! >= recentFrom);
  }

  private makeRoom({ categories }: PostColumns): void {
    const needed = 2 * categories.values.length + 1;
    if (needed <= this.most) return;
    while (this.most < needed) this.most *= 2;
    this.reset();
  }
}
