import type { Pool } from "pg";

/**
 * Which posts the catalogue has. Posts are never deleted, so what is known stays known, as long as the database is not
 * put back to an older state; a miss is asked again.
 */
export class KnownPosts {
  private readonly ids = new Set<number>();
  private incarnation = "";
  private readonly pool: Pool;

  constructor(pool: Pool) {
    this.pool = pool;
  }

  /** Forgets what another database has said. @param incarnation see StorageRules */
  askedOf(incarnation: string): void {
    if (incarnation !== this.incarnation) this.ids.clear();
    this.incarnation = incarnation;
  }

  has(postId: number): boolean {
    return this.ids.has(postId);
  }

  /** Asks the catalogue for posts that are not known yet. @returns those that it does not have */
  async lookUp(unknown: ReadonlySet<number>): Promise<Set<number>> {
    const missing = new Set(unknown);
    if (missing.size === 0) return missing;
    const { rows } = await this.pool.query<{ post_id: number }>(
      "select post_id from posts where post_id = any($1::integer[])",
      [[...missing]],
    );
    for (const row of rows) {
      this.ids.add(row.post_id);
      missing.delete(row.post_id);
    }
    return missing;
  }
}
