import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "./storage/atomicFile.ts";

const FORMAT = 1;

/** The data folder's identity, and the version of its format: a folder of a later one is not touched. */
export async function openClusterId(folder: string): Promise<string> {
  const path = join(folder, "meta.json");
  const known = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (known === null) {
    const clusterId = randomBytes(16).toString("base64url");
    await writeFileAtomically(path, `${JSON.stringify({ format: FORMAT, clusterId })}\n`);
    return clusterId;
  }
  const { format, clusterId } = JSON.parse(known) as { format: number; clusterId: string };
  if (format !== FORMAT) throw new Error(`${path}: data format ${format}, this broker reads ${FORMAT}`);
  return clusterId;
}
