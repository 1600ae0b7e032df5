import { randomBytes } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A secret of this data folder: made at the first start, kept in a file that only its owner can read. */
export async function secret(folder: string, name: string): Promise<string> {
  const file = join(folder, name);
  const known = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  if (known.trim()) return known.trim();
  const value = randomBytes(24).toString("hex");
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${value}\n`, { mode: 0o600 });
  await rename(draft, file);
  return value;
}
