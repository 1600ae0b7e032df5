import { execFile } from "node:child_process";
import { mkdir, statfs } from "node:fs/promises";
import { promisify } from "node:util";
import { onTeardown } from "../support/teardown.ts";

const run = promisify(execFile);
const SIZE_MB = 1_500;
/** Left over where a file system is shrunk to what it holds. */
const LEFT_BYTES = 128 << 10;

/** A small file system of its own that can be made full, mounted on a folder. */
export class Disk {
  readonly folder: string;
  /** Where what it holds is copied at the end; absent: nowhere. */
  copyAtEnd: string | undefined;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @returns undefined where this user may not mount */
  static async mount(folder: string): Promise<Disk | undefined> {
    await mkdir(folder, { recursive: true });
    try {
      await run("mount", ["-t", "tmpfs", "-o", `size=${SIZE_MB}m`, "tmpfs", folder]);
    } catch {
      return undefined;
    }
    const disk = new Disk(folder);
    onTeardown(() => disk.unmount());
    return disk;
  }

  /** Makes it as small as what it holds. */
  async fill(): Promise<void> {
    const { bsize, blocks, bfree } = await statfs(this.folder);
    await this.resize(String((blocks - bfree) * bsize + LEFT_BYTES));
  }

  free(): Promise<void> {
    return this.resize(`${SIZE_MB}m`);
  }

  private async unmount(): Promise<void> {
    if (this.copyAtEnd) await run("cp", ["-a", this.folder, this.copyAtEnd]);
    // Whatever still has it open is about to end.
    await run("umount", ["--lazy", this.folder]);
  }

  private async resize(size: string): Promise<void> {
    await run("mount", ["-o", `remount,size=${size}`, this.folder]);
  }
}
