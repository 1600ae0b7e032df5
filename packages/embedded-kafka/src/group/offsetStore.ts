import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32c } from "../codec/crc32c.ts";
import { AppendFile } from "../storage/appendFile.ts";
import { applyChange, type Change, type CommittedOffset, type OffsetsByGroup } from "./offsetChanges.ts";

const COMPACT_ABOVE_BYTES = 1024 * 1024;
const COMPACT_GROWTH = 4;

/**
 * Committed offsets: in memory for reading, in `offsets.log` to last. Each line is a checksum and one change
 * as JSON; replaying the lines gives the state. When the file has grown well beyond that state it is
 * rewritten.
 */
export class OffsetStore {
  readonly #file: AppendFile;
  readonly #groups: OffsetsByGroup;
  #compactAt = COMPACT_ABOVE_BYTES;
  #compacting: Promise<void> | null = null;

  private constructor(file: AppendFile, groups: OffsetsByGroup) {
    this.#file = file;
    this.#groups = groups;
  }

  /** Offsets of topics that are no more, by id, are dropped: their deletion may have been cut short. */
  static async open(
    folder: string,
    syncEachWrite: boolean,
    topicExists: (id: string) => boolean,
  ): Promise<OffsetStore> {
    const path = join(folder, "offsets.log");
    const { groups, goodBytes } = await replay(path);
    for (const group of groups.values()) {
      for (const [key, { topicId }] of group.offsets) if (!topicExists(topicId)) group.offsets.delete(key);
    }
    for (const [name, group] of groups) if (group.offsets.size === 0) groups.delete(name);
    return new OffsetStore(await AppendFile.open(path, goodBytes, syncEachWrite), groups);
  }

  groupIds(): string[] {
    return [...this.#groups.keys()];
  }

  has(group: string): boolean {
    return this.#groups.has(group);
  }

  protocolType(group: string): string {
    return this.#groups.get(group)?.protocolType ?? "";
  }

  lastCommitAt(group: string): number {
    let latest = 0;
    for (const { at } of this.all(group)) latest = Math.max(latest, at);
    return latest;
  }

  get(group: string, topicId: string, partition: number): CommittedOffset | undefined {
    return this.#groups.get(group)?.offsets.get(`${topicId}/${partition}`);
  }

  all(group: string): CommittedOffset[] {
    return [...(this.#groups.get(group)?.offsets.values() ?? [])];
  }

  commit(group: string, protocolType: string, offsets: CommittedOffset[]): Promise<void> {
    return this.#apply({ op: "commit", group, protocolType, offsets });
  }

  /** Written even where nothing is committed: a commit may be on its way to the file. */
  dropTopic(topicId: string): Promise<void> {
    return this.#apply({ op: "dropTopic", topicId });
  }

  async dropGroup(group: string): Promise<void> {
    if (this.#groups.has(group)) await this.#apply({ op: "dropGroup", group });
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  async close(): Promise<void> {
    await this.#file.sync();
    await this.#file.close();
  }

  async #apply(change: Change): Promise<void> {
    await this.#file.append(toLine(change), () => applyChange(this.#groups, change));
    if (this.#file.size > this.#compactAt) await this.#compact();
  }

  #compact(): Promise<void> {
    this.#compacting ??= this.#file
      .replace(() => {
        const lines = Array.from(this.#groups, ([group, { protocolType, offsets }]) =>
          toLine({ op: "commit", group, protocolType, offsets: [...offsets.values()] }),
        );
        return lines.join("");
      })
      .finally(() => {
        this.#compactAt = Math.max(COMPACT_ABOVE_BYTES, this.#file.size * COMPACT_GROWTH);
        this.#compacting = null;
      });
    return this.#compacting;
  }
}

function toLine(change: Change): string {
  const json = JSON.stringify(change);
  return `${checksum(json)} ${json}\n`;
}

function checksum(text: string): string {
  return crc32c(Buffer.from(text)).toString(16).padStart(8, "0");
}

/** Stops at the first line that is torn or damaged; what follows it is cut off. */
async function replay(path: string): Promise<{ groups: OffsetsByGroup; goodBytes: number }> {
  const groups: OffsetsByGroup = new Map();
  const content = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return Buffer.alloc(0);
    throw error;
  });
  let goodBytes = 0;
  for (;;) {
    const end = content.indexOf(0x0a, goodBytes);
    if (end < 0) break;
    const line = content.toString("utf8", goodBytes, end);
    const json = line.slice(9);
    if (line.slice(0, 8) !== checksum(json)) break;
    applyChange(groups, JSON.parse(json) as Change);
    goodBytes = end + 1;
  }
  return { groups, goodBytes };
}
