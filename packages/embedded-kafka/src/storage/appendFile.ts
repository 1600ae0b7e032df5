import { type FileHandle, open } from "node:fs/promises";
import { writeFileAtomically } from "./atomicFile.ts";
import { TaskQueue } from "./taskQueue.ts";
import { writeFully } from "./writeFully.ts";

/** A file of lines that grows at its end and is now and then replaced by a shorter one that says the same. */
export class AppendFile {
  readonly #path: string;
  readonly #syncEachWrite: boolean;
  readonly #tasks = new TaskQueue();
  #file: FileHandle;
  #waiting: { bytes: Buffer; written: () => void }[] = [];
  #write: Promise<void> | null = null;
  #syncedSize: number;
  size: number;

  private constructor(path: string, file: FileHandle, size: number, syncEachWrite: boolean) {
    this.#path = path;
    this.#file = file;
    this.size = size;
    this.#syncedSize = size;
    this.#syncEachWrite = syncEachWrite;
  }

  /** `size` is where the good content ends; anything after it is cut off. */
  static async open(path: string, size: number, syncEachWrite: boolean): Promise<AppendFile> {
    const file = await open(path, size === 0 ? "w+" : "r+");
    await file.truncate(size);
    return new AppendFile(path, file, size, syncEachWrite);
  }

  /**
   * Resolves when the line is written. Lines that wait together are written together, in order; `written` is
   * called in that order too, before anything else happens to the file.
   */
  append(line: string, written: () => void): Promise<void> {
    this.#waiting.push({ bytes: Buffer.from(line), written });
    this.#write ??= this.#tasks.run(async () => {
      this.#write = null;
      const lines = this.#waiting.splice(0);
      try {
        const buffers = lines.map(({ bytes }) => bytes);
        await writeFully(this.#file, buffers, this.size);
        if (this.#syncEachWrite) await this.#file.datasync();
        this.size += buffers.reduce((sum, { length }) => sum + length, 0);
        for (const { written } of lines) written();
      } catch (error) {
        await this.#file.truncate(this.size).catch(() => {});
        throw error;
      }
    });
    return this.#write;
  }

  replace(content: () => string): Promise<void> {
    return this.#tasks.run(async () => {
      const text = content();
      await writeFileAtomically(this.#path, text);
      await this.#file.close();
      this.#file = await open(this.#path, "r+");
      this.size = Buffer.byteLength(text);
      this.#syncedSize = this.size;
    });
  }

  sync(): Promise<void> {
    return this.#tasks.run(async () => {
      if (this.#syncedSize === this.size) return;
      await this.#file.datasync();
      this.#syncedSize = this.size;
    });
  }

  close(): Promise<void> {
    return this.#tasks.run(() => this.#file.close());
  }
}
