import { spawn } from "node:child_process";
import { once } from "node:events";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { secret } from "../../packages/runtime/src/index.ts";
import { createTestFolder } from "../../test/support/folder.ts";
import { identify, isAlive } from "../src/folder/identity.ts";
import { lockFolder } from "../src/folder/lock.ts";
import { Ledger } from "../src/folder/orphans.ts";

/** A process that ignores being asked to end, in a group of its own. */
async function stubborn(): Promise<number> {
  const child = spawn(
    process.execPath,
    ["-e", "process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)"],
    { detached: true, stdio: ["ignore", "pipe", "ignore"] },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child.pid!;
}

test("a folder has one holder; a dead holder's lock is taken over, by one of several", async () => {
  const folder = await createTestFolder();
  const unlock = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toThrow(`another \`npm start\` runs from ${folder}`);
  await unlock();

  for (let round = 0; round < 20; round++) {
    const contested = await createTestFolder();
    const dead = { ...identify(process.pid)!, started: "another boot/1" };
    await writeFile(join(contested, "launcher.lock.1"), JSON.stringify(dead));
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(contested)));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  }
});

test("a torn lock names nobody", async () => {
  const folder = await createTestFolder();
  await writeFile(join(folder, "launcher.lock.1"), "");
  await (await lockFolder(folder))();
});

test("what a former launcher started is ended, even when it will not; a process with a used-again id is not", async () => {
  const folder = await createTestFolder();
  const [ours, another] = [await stubborn(), await stubborn()];
  const entries = [identify(ours)!, { pid: another, started: "another boot/1" }];
  await writeFile(join(folder, "processes.json"), JSON.stringify(entries));
  expect(await new Ledger(folder).endOrphans(300)).toBe(1);
  await expect.poll(() => isAlive(entries[0]!)).toBe(false);
  expect(identify(another)).toBeDefined();
});

test("a secret is made once and is for its owner only", async () => {
  const folder = await createTestFolder();
  const first = await secret(folder, "write-key");
  expect(first).toMatch(/^[A-Za-z0-9_-]{20,}$/);
  expect(await secret(folder, "write-key")).toBe(first);
  expect((await stat(join(folder, "write-key"))).mode & 0o777).toBe(0o600);
});
