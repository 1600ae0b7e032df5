import { ConfigError } from "@pulseboard/runtime";
import type { Pool } from "pg";
import type { KeyCommand } from "./options.ts";
import { hashKey, newKey } from "./secret.ts";
import { createKey, type ListedKey, listKeys, MAX_ACTIVE_KEYS, revokeKey } from "./table.ts";

/** Does what was asked for. @returns what to print */
export async function run(pool: Pool, options: KeyCommand): Promise<string> {
  const print = (object: unknown, text: string) =>
    options.json ? `${JSON.stringify(object, null, 2)}\n` : text;

  if (options.command === "create") {
    const { name, scopes } = options;
    const key = newKey();
    const keyId = await createKey(pool, { name, scopes, hash: hashKey(key) });
    if (keyId === undefined)
      throw new ConfigError(`there are ${MAX_ACTIVE_KEYS} keys already, which is the most; revoke some`);
    return print(
      { key_id: keyId, name, scopes, key },
      `key ${keyId} (${scopes.join("+")}), shown this once:\n${key}\n`,
    );
  }

  if (options.command === "revoke") {
    const { keyId } = options;
    const revokedAt = await revokeKey(pool, keyId);
    if (!revokedAt) throw new ConfigError(`there is no key ${keyId}; see list`);
    return print({ key_id: keyId, revoked_at: revokedAt }, `key ${keyId} is revoked\n`);
  }

  const keys = await listKeys(pool, options.limit);
  return print(keys.map(jsonOf), keys.length ? formatKeys(keys) : "there is no key\n");
}

const jsonOf = (key: ListedKey) => ({
  ...{ key_id: key.keyId, name: key.name, scopes: key.scopes },
  ...{ created_at: key.createdAt, revoked_at: key.revokedAt, last_used_at: key.lastUsedAt },
});

function formatKeys(keys: ListedKey[]): string {
  const time = (date: Date | null) => date?.toISOString().slice(0, 16).replace("T", " ") ?? "-";
  const rows = [
    ["id", "scopes", "created (UTC)", "last used", "revoked", "name"],
    ...keys.map((key) => [
      ...[String(key.keyId), key.scopes.join("+"), time(key.createdAt)],
      ...[time(key.lastUsedAt), time(key.revokedAt), key.name],
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
