import type { FileHandle } from "node:fs/promises";

/** Writes all buffers at `position`; the operating system may take fewer bytes a time than it was given. */
export async function writeFully(file: FileHandle, buffers: Buffer[], position: number): Promise<void> {
  let rest = buffers;
  let at = position;
  while (rest.length > 0) {
    let { bytesWritten } =
      rest.length === 1 ? await file.write(rest[0]!, 0, undefined, at) : await file.writev(rest, at);
    if (bytesWritten === 0) throw new Error("the file system took no more bytes");
    at += bytesWritten;
    let done = 0;
    while (done < rest.length && bytesWritten >= rest[done]!.length) bytesWritten -= rest[done++]!.length;
    rest = rest.slice(done);
    if (bytesWritten > 0) rest[0] = rest[0]!.subarray(bytesWritten);
  }
}
