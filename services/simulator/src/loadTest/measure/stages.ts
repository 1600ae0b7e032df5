import type { Look } from "./look.ts";

export const STAGES = ["acknowledged", "stored", "counted", "screen"] as const;
export type Stage = (typeof STAGES)[number];

/** Events that go on together: of one request and one partition. */
export interface Unit {
  /** ms since the run's start. */
  intended: Float64Array;
  /** All of the request and the partition, repeats and broken ones too. */
  messages: number;
  /** Their place in the log ends before `end`; undefined until it is known. */
  place: ReadonlyMap<number, number> | undefined;
  acknowledgedAt: number;
}

interface Waiting<T> {
  for: T;
  units: Unit[];
}

/**
 * Follows acknowledged events: acknowledged -> (place known ->) stored -> counted -> on screen.
 *
 * stored   the offsets of their partitions are passed
 * counted  in a look after that, no count that stood unfolded then is unfolded still: the look's version holds them
 * screen   every dashboard shows that version, or a later one
 *
 * All three are seen by looking, so a moment is never told too early. Stored is too late by the time between two looks.
 * Counted may be too late by a fold more: one that was under way when the event was seen as stored may hold the event,
 * and not the newest count of that look.
 */
export class StageTracker {
  private readonly reach: (stage: Stage, unit: Unit, at: number) => void;
  private readonly hasScreens: boolean;
  /** Units of a partition in the order of their offsets. */
  private readonly unstored = new Map<number, Unit[]>();
  /** Units whose place is not known, by when they were acknowledged, then with it. */
  private unplaced: Unit[] = [];
  private placed: Unit[] = [];
  private uncounted: Waiting<number>[] = [];
  private unseen: Waiting<number>[] = [];
  /** Versions as all dashboards came to show them, oldest first. */
  private shown: { version: number; at: number }[] = [];

  constructor(reach: (stage: Stage, unit: Unit, at: number) => void, hasScreens: boolean) {
    this.reach = reach;
    this.hasScreens = hasScreens;
  }

  /** Whether all that was acknowledged has come to the end. */
  get isIdle(): boolean {
    return this.open === 0;
  }

  /** Units under way. */
  get open(): number {
    const count = (waiting: Waiting<number>[]) => waiting.reduce((sum, { units }) => sum + units.length, 0);
    let unstored = 0;
    for (const units of this.unstored.values()) unstored += units.length;
    return unstored + this.unplaced.length + this.placed.length + count(this.uncounted) + count(this.unseen);
  }

  acknowledged(unit: Unit): void {
    this.reach("acknowledged", unit, unit.acknowledgedAt);
    if (!unit.place) {
      this.unplaced.push(unit);
      return;
    }
    for (const partition of unit.place.keys()) {
      const units = this.unstored.get(partition);
      if (units) units.push(unit);
      else this.unstored.set(partition, [unit]);
    }
  }

  /** Where the logs ended, asked at a time: what was acknowledged before stands before them. */
  logEnds(askedAt: number, ends: ReadonlyMap<number, number>): void {
    const later: Unit[] = [];
    for (const unit of this.unplaced) {
      if (unit.acknowledgedAt > askedAt) later.push(unit);
      else this.placed.push(Object.assign(unit, { place: ends }));
    }
    this.unplaced = later;
  }

  looked(look: Look): void {
    const { at, version, oldestDelta, newestDelta } = look;
    const folded = this.uncounted.filter((waiting) => oldestDelta === null || oldestDelta > waiting.for);
    this.uncounted = this.uncounted.filter((waiting) => !folded.includes(waiting));
    const counted = folded.flatMap(({ units }) => units);

    const stored = this.takeStored(look.nextOffsets);
    for (const unit of stored) this.reach("stored", unit, at);
    if (newestDelta === null) for (const unit of stored) counted.push(unit);
    else if (stored.length) this.uncounted.push({ for: newestDelta, units: stored });

    if (counted.length) this.count(counted, version, at);
  }

  /** From `at` on every dashboard shows this version. */
  showed(version: number, at: number): void {
    this.shown.push({ version, at });
    const seen = this.unseen.filter((waiting) => waiting.for <= version);
    this.unseen = this.unseen.filter((waiting) => waiting.for > version);
    for (const { units } of seen) for (const unit of units) this.reach("screen", unit, at);
    // Looks come at a fine interval; who is counted later is in a later version.
    if (this.shown.length > 1_000) this.shown.splice(0, 500);
  }

  private takeStored(next: ReadonlyMap<number, number>): Unit[] {
    const isPassed = ({ place }: Unit) => [...place!].every(([id, end]) => (next.get(id) ?? 0) >= end);
    const stored: Unit[] = [];
    for (const units of [...this.unstored.values(), this.placed]) {
      let passed = 0;
      while (passed < units.length && isPassed(units[passed]!)) passed++;
      for (const unit of units.splice(0, passed)) stored.push(unit);
    }
    return stored;
  }

  private count(units: Unit[], version: number, at: number): void {
    const shown = this.hasScreens ? this.shown.find((each) => each.version >= version) : undefined;
    // What is on the screen is counted, also where the look came later.
    const countedAt = shown ? Math.min(at, shown.at) : at;
    for (const unit of units) {
      this.reach("counted", unit, countedAt);
      if (shown) this.reach("screen", unit, shown.at);
    }
    if (this.hasScreens && !shown) this.unseen.push({ for: version, units });
  }
}
