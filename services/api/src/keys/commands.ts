import { ConfigError } from "@pulseboard/runtime";
import type { Pool } from "pg";
import type { KeyCommand } from "./options.ts";
import { hashKey, newKey } from "./secret.ts";
import { createKey, type ListedKey, listKeys, MAX_ACTIVE_KEYS, revokeKey } from "./table.ts";

/** What there is to know of the API that the keys are for. */
export interface Site {
  /** Where it is reached, when that was not said; ends in a slash. */
  url: string;
  readAccess: "public" | "key";
}

/** Does what was asked for. @returns what to print */
export async function run(pool: Pool, options: KeyCommand, site: Site): Promise<string> {
  const print = (object: unknown, text: string) =>
    options.json ? `${JSON.stringify(object, null, 2)}\n` : text;

  if (options.command === "create") {
    const { name, scopes } = options;
    const key = newKey();
    const { keyId } = await create(pool, { name, scopes, hash: hashKey(key) });
    return print(
      { key_id: keyId, name, scopes, key },
      `key ${keyId} (${scopes.join("+")}), shown this once:\n${key}\n`,
    );
  }

  if (options.command === "share") return share(pool, options, site, print);

  if (options.command === "revoke") {
    const { keyId } = options;
    const revokedAt = await revokeKey(pool, keyId);
    if (!revokedAt) throw new ConfigError(`there is no key ${keyId}; see list`);
    return print({ key_id: keyId, revoked_at: revokedAt }, `key ${keyId} is revoked\n`);
  }

  const keys = await listKeys(pool, options.limit);
  return print(keys.map(jsonOf), keys.length ? formatKeys(keys) : "there is no key\n");
}

async function create(pool: Pool, key: Parameters<typeof createKey>[1]) {
  const made = await createKey(pool, key);
  if (!made)
    throw new ConfigError(`there are ${MAX_ACTIVE_KEYS} keys already, which is the most; revoke some`);
  return made;
}

/** A link that reads the dashboard until it expires. The key stands in the fragment, which no request carries. */
async function share(
  pool: Pool,
  { days, url }: KeyCommand & { command: "share" },
  site: Site,
  print: (object: unknown, text: string) => string,
): Promise<string> {
  const page = `${url ?? site.url}dashboard/`;
  if (site.readAccess === "public")
    return print(
      { url: page, key_needed: false },
      `reading is public here (READ_ACCESS), no key is needed:\n${page}\n`,
    );
  const key = newKey();
  const shared = { name: `shared for ${days} days`, scopes: ["read"] as const, hash: hashKey(key), days };
  const { keyId, expiresAt } = await create(pool, shared);
  const link = `${page}#key=${key}`;
  const end = `${expiresAt!.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return print(
    { url: link, key_needed: true, key_id: keyId, expires_at: expiresAt },
    `key ${keyId} (read) until ${end}; who has this link reads, so send it to nobody else:\n${link}\n`,
  );
}

const jsonOf = (key: ListedKey) => ({
  ...{ key_id: key.keyId, name: key.name, scopes: key.scopes },
  ...{ created_at: key.createdAt, revoked_at: key.revokedAt, last_used_at: key.lastUsedAt },
  expires_at: key.expiresAt,
});

function formatKeys(keys: ListedKey[]): string {
  const time = (date: Date | null) => date?.toISOString().slice(0, 16).replace("T", " ") ?? "-";
  const rows = [
    ["id", "scopes", "created (UTC)", "last used", "revoked", "expires", "name"],
    ...keys.map((key) => [
      ...[String(key.keyId), key.scopes.join("+"), time(key.createdAt)],
      ...[time(key.lastUsedAt), time(key.revokedAt), time(key.expiresAt), key.name],
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((text, column) => text.padEnd(widths[column]!))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
