import { expect, test } from "vitest";
import { Output } from "../src/output/output.ts";
import { type Ending, type Instance, Part } from "../src/parts/part.ts";

type Facts = { port: number } | undefined;

interface Life extends Instance<Facts> {
  before: Facts;
  /** Without a port: a part that says nothing of itself, and is ready as soon as it runs. */
  becomeReady(port?: number): void;
  end(status: number | null, isRefusal?: boolean): void;
  killed: boolean;
}

/** A part whose lives the test decides. */
function puppet(options: { task?: boolean } = {}) {
  const lives: Life[] = [];
  let text = "";
  const output = new Output({
    colour: false,
    verbose: false,
    write: (more) => {
      text += more;
    },
  });
  const start = (before: Facts): Life => {
    let becomeReady!: Life["becomeReady"];
    let end!: Life["end"];
    const life: Life = {
      before,
      ready: new Promise((resolve) => {
        becomeReady = (port) => resolve(port === undefined ? undefined : { port });
      }),
      ended: new Promise<Ending>((resolve) => {
        end = (status, isRefusal = false) =>
          resolve({ status, how: `ended with status ${status}`, isRefusal });
      }),
      becomeReady: (port) => becomeReady(port),
      end: (status, isRefusal) => end(status, isRefusal),
      killed: false,
      lastLines: () => ["PORT: expected an integer"],
      stop: () => {},
      kill() {
        life.killed = true;
        end(null);
      },
    };
    lives.push(life);
    return life;
  };
  const part = new Part<Facts>("api", output, start, options);
  const life = async (n: number) => {
    await expect.poll(() => lives.length).toBeGreaterThan(n);
    return lives[n]!;
  };
  return { part, life, text: () => text, lives };
}

test("a part that ends is started again with the ports it had", async () => {
  const { part, life, text } = puppet();
  const up = part.up();
  (await life(0)).becomeReady(8001);
  expect(await up).toEqual({ port: 8001 });
  (await life(0)).end(null);
  const second = await life(1);
  expect(second.before).toEqual({ port: 8001 });
  second.becomeReady(8001);
  await expect.poll(text).toContain("is back");
  const down = part.down(1_000);
  second.end(0);
  await down;
});

test("three errors before it was ever ready: it cannot start, and says why", async () => {
  const { part, life } = puppet();
  const up = part.up();
  up.catch(() => {});
  for (const n of [0, 1, 2]) (await life(n)).end(1);
  await expect(up).rejects.toThrow("api cannot start, it ended with status 1: PORT: expected an integer");
});

test("a part that does not stop in its time is killed", async () => {
  const { part, life, text } = puppet();
  const up = part.up();
  (await life(0)).becomeReady(1);
  await up;
  await part.down(50);
  expect((await life(0)).killed).toBe(true);
  expect(text()).toContain("was killed");
});

test("a part that is being stopped is not started again", async () => {
  const { part, life, lives } = puppet();
  const up = part.up();
  (await life(0)).becomeReady(1);
  await up;
  const down = part.down(1_000);
  (await life(0)).end(1);
  await down;
  await part.done();
  expect(lives).toHaveLength(1);
});

test("a task that ends with status 0 is done; after an error it is run again", async () => {
  const { part, life, lives } = puppet({ task: true });
  void part.up();
  (await life(0)).end(1);
  (await life(1)).end(0);
  await part.done();
  expect(lives).toHaveLength(2);
});

test("a task that ends with an error three times is not done, and says why", async () => {
  const { part, life } = puppet({ task: true });
  const up = part.up();
  (await life(0)).becomeReady();
  await up;
  const done = part.done();
  done.catch(() => {});
  (await life(0)).end(1);
  for (const n of [1, 2]) {
    (await life(n)).becomeReady();
    (await life(n)).end(1);
  }
  await expect(done).rejects.toThrow("api cannot be done, it ended with status 1: PORT: expected an integer");
});

test("a part that has run is started again, however often it ends with an error", async () => {
  const { part, life, text } = puppet();
  const up = part.up();
  for (const n of [0, 1, 2, 3]) {
    (await life(n)).becomeReady();
    await up;
    (await life(n)).end(1);
  }
  const fifth = await life(4);
  expect(text().match(/ended with status 1; starting it again/g)).toHaveLength(4);
  fifth.becomeReady();
  await expect.poll(() => text().match(/is back/g)).toHaveLength(4);
  const down = part.down(1_000);
  fifth.end(0);
  await down;
});

test("a part that refuses its settings is not started again, whether it had been ready or not", async () => {
  const never = puppet();
  const up = never.part.up();
  (await never.life(0)).end(1, true);
  await expect(up).rejects.toThrow("api cannot start, it ended with status 1: PORT: expected an integer");

  const once = puppet();
  const first = once.part.up();
  (await once.life(0)).becomeReady();
  await first;
  (await once.life(0)).end(1, true);
  await once.part.done();
  expect(once.text()).toContain("PORT: expected an integer; it is not started again");
  expect([never.lives.length, once.lives.length]).toEqual([1, 1]);
});
