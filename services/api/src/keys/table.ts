import { SCOPES, type Scope, transaction } from "@pulseboard/runtime";
import type { Pool } from "pg";

/** Keys that are neither revoked nor expired, at most: every process of the API holds them all. */
export const MAX_ACTIVE_KEYS = 1_000;

export interface ActiveKey {
  keyId: number;
  hash: Buffer;
  scopes: ReadonlySet<Scope>;
  /** Null: never. */
  expiresAt: Date | null;
}

export interface ListedKey {
  keyId: number;
  name: string;
  scopes: Scope[];
  createdAt: Date;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
  expiresAt: Date | null;
}

const ACTIVE = "revoked_at is null and (expires_at is null or expires_at > clock_timestamp())";

export const isScope = (text: string): text is Scope => (SCOPES as readonly string[]).includes(text);

export async function readActiveKeys(pool: Pool): Promise<ActiveKey[]> {
  const { rows } = await pool.query<{
    key_id: number;
    key_hash: Buffer;
    scopes: string[];
    expires_at: Date | null;
  }>(`select key_id, key_hash, scopes, expires_at from api_keys where ${ACTIVE} order by key_id limit $1`, [
    MAX_ACTIVE_KEYS,
  ]);
  return rows.map((row) => ({
    keyId: row.key_id,
    hash: row.key_hash,
    scopes: new Set(row.scopes.filter(isScope)),
    expiresAt: row.expires_at,
  }));
}

/**
 * @param key with the days after which it expires; never without
 * @returns the new key's id and end, or undefined when there are MAX_ACTIVE_KEYS already
 */
export const createKey = (
  pool: Pool,
  key: { name: string; hash: Buffer; scopes: readonly Scope[]; days?: number },
): Promise<{ keyId: number; expiresAt: Date | null } | undefined> =>
  transaction(pool, async (client) => {
    // Two that are made at once are counted one after the other.
    await client.query("lock table api_keys in share row exclusive mode");
    const { rows } = await client.query<{ keyId: number; expiresAt: Date | null }>(
      `insert into api_keys (name, key_hash, scopes, expires_at)
       select $1, $2, $3, clock_timestamp() + make_interval(days => $5)
       where (select count(*) from api_keys where ${ACTIVE}) < $4
       returning key_id as "keyId", expires_at as "expiresAt"`,
      [key.name, key.hash, key.scopes, MAX_ACTIVE_KEYS, key.days ?? null],
    );
    return rows[0];
  });

/** The newest keys first, the active before those that are revoked or expired. */
export async function listKeys(pool: Pool, limit: number): Promise<ListedKey[]> {
  const { rows } = await pool.query<ListedKey>(
    `select key_id as "keyId", name, scopes, created_at as "createdAt", revoked_at as "revokedAt",
            last_used_at as "lastUsedAt", expires_at as "expiresAt"
     from api_keys order by not (${ACTIVE}), key_id desc limit $1`,
    [limit],
  );
  return rows;
}

/** @returns when it was revoked, by now at the latest; undefined when there is no such key */
export async function revokeKey(pool: Pool, keyId: number): Promise<Date | undefined> {
  const { rows } = await pool.query<{ revoked_at: Date }>(
    `update api_keys set revoked_at = coalesce(revoked_at, clock_timestamp()) where key_id = $1
     returning revoked_at`,
    [keyId],
  );
  return rows[0]?.revoked_at;
}

/** Notes when keys were last used. */
export async function noteUse(pool: Pool, usedAt: ReadonlyMap<number, Date>): Promise<void> {
  await pool.query(
    `update api_keys k set last_used_at = u.at
     from unnest($1::integer[], $2::timestamptz[]) as u (key_id, at)
     where k.key_id = u.key_id and (k.last_used_at is null or k.last_used_at < u.at)`,
    [[...usedAt.keys()], [...usedAt.values()]],
  );
}
