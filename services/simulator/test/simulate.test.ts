import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MAX_ID } from "@pulseboard/contract";
import { createPool } from "@pulseboard/runtime";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startTestBroker, type TestBroker } from "../../../test/support/broker.ts";
import { createTestDatabase } from "../../../test/support/database.ts";
import { createTestFolder } from "../../../test/support/folder.ts";
import { spawnService, type TestService } from "../../../test/support/process.ts";
import { query } from "../../../test/support/query.ts";
import { until } from "../../../test/support/until.ts";
import { readCatalogue } from "../src/catalogue.ts";
import { runProgram, SIMULATE } from "./runProgram.ts";
import { readTopic, topicSize } from "./topicReader.ts";

/** The wall clock against the monotonic one, while the machine sets it. */
const CLOCK_MS = 1_000;

let broker: TestBroker;
let databaseUrl: string;

const fill = async (url: string) => {
  const pool = createPool({ databaseUrl: url, applicationName: "test", max: 1 });
  await pool.query(`
    insert into authors (author_id, name, author_category) values (1, 'A', 'Tech');
    insert into posts (post_id, author_id, category, publish_timestamp)
      select id, 1, 'Tech', now() - id * interval '1 hour' from generate_series(1, 200) id;
    insert into posts (post_id, author_id, category, publish_timestamp) values (999, 1, 'Tech', now() + interval '1 day');
    insert into users (user_id) select 5 + 20000000 * id from generate_series(0, 99) id`);
  await pool.end();
};

beforeAll(async () => {
  broker = await startTestBroker();
  databaseUrl = (await createTestDatabase()).url;
  await fill(databaseUrl);
});

const env = (topic: string, url = databaseUrl, { address } = broker) => ({
  DATABASE_URL: url,
  KAFKA_BROKERS: address,
  ENGAGEMENTS_TOPIC: topic,
  LOG_LEVEL: "info",
});

/** The last line of figures that a simulator logged. */
const figures = ({ logs }: Pick<TestService, "logs">) =>
  logs
    .filter((line) => line.startsWith("{") && line.includes('"acknowledged"'))
    .map((line) => JSON.parse(line) as { acknowledged: number; sent: number; retries: number; msg: string })
    .at(-1);

const received = async (topic: string) => (await readTopic(broker.address, topic)).flat();

describe("the catalogue as traffic sees it", () => {
  it("has posts that are published and not withdrawn, sparse ids as they are, and ids that no post has", async () => {
    const { url } = await createTestDatabase();
    await fill(url);
    const pool = createPool({ databaseUrl: url, applicationName: "test", max: 1 });
    onTestFinished(() => pool.end());
    await pool.query("update posts set withdrawn_at = now() where post_id = 7");
    const read = (await readCatalogue(pool))!;
    expect([...read.posts.ids]).toEqual(
      Array.from({ length: 200 }, (_, index) => index + 1).filter((id) => id !== 7),
    );
    expect(read.userIds).toEqual(Int32Array.from({ length: 100 }, (_, index) => 5 + 20_000_000 * index));
    expect(read).toMatchObject({ freePostId: 1_000, unknownPostId: MAX_ID, categories: ["Tech"] });

    await pool.query(`
      insert into posts (post_id, author_id, category, publish_timestamp)
      select id, 1, 'Tech', now() from unnest(array[${MAX_ID}, ${MAX_ID - 1}]) id`);
    const again = (await readCatalogue(pool, read))!;
    expect(again).toMatchObject({ freePostId: undefined, unknownPostId: MAX_ID - 2 });
    expect(again.userIds).toBe(read.userIds);
    await pool.query("insert into users (user_id) values (6)");
    expect((await readCatalogue(pool, again))!.userIds).toHaveLength(101);
  });
});

describe("npm run simulate", () => {
  it("publishes rate x duration messages, of posts that are published, and ends with status 0", async () => {
    const { status, errors } = await runProgram(SIMULATE, ["--rate", "300", "--duration", "3"], env("plain"));
    expect({ status, errors }).toEqual({ status: 0, errors: [] });
    const messages = await received("plain");
    // A machine under load may miss some; never is there one too many.
    expect(messages.length).toBeGreaterThan(450);
    expect(messages.length).toBeLessThanOrEqual(900);
    const ids = new Set(messages.map(({ event }) => event?.event_id));
    expect(ids.size).toBe(messages.length);
    const wrong = messages.filter(({ key, event = {} }) => {
      const { post_id, user_id } = event as { post_id: number; user_id?: number };
      const knownUser = user_id === undefined || (user_id % 20_000_000 === 5 && user_id < 2_000_000_000);
      // Above 999 are posts that the simulator published itself.
      return key !== String(post_id) || (post_id > 200 && post_id <= 999) || !knownUser;
    });
    expect(wrong).toEqual([]);
  });

  it("repeats its sequence for the same seed and catalogue", async () => {
    const sequence = async (topic: string) => {
      await runProgram(
        SIMULATE,
        ["--rate", "200", "--duration", "1", "--seed", "7", "--topic", topic],
        env("-"),
      );
      return (await readTopic(broker.address, topic)).map((partition) =>
        partition.map(({ event }) => [event?.type, event?.post_id, event?.user_id].join()),
      );
    };
    const [one, two] = [await sequence("same-1"), await sequence("same-2")];
    for (const [index, partition] of one.entries()) {
      const length = Math.min(partition.length, two[index]!.length);
      expect(partition.slice(0, length)).toEqual(two[index]!.slice(0, length));
    }
  });

  it("repeats and breaks messages on request", async () => {
    const args = ["--rate", "500", "--duration", "4", "--duplicates", "10", "--broken", "20", "--seed", "3"];
    expect((await runProgram(SIMULATE, args, env("faulty"))).status).toBe(0);
    const messages = await received("faulty");
    const good = messages.filter(({ event }) => event?.type && Number(event?.post_id) <= 200);
    expect(good.length / messages.length).toBeLessThan(0.95);
    expect(messages.filter(({ event }) => event === undefined).length).toBeGreaterThan(20);
    const ids = good.map(({ event }) => event?.event_id);
    expect(new Set(ids).size).toBeLessThan(ids.length * 0.95);
  });

  it("follows a scenario from a file, and inserts its posts before their first engagement", async () => {
    const { url } = await createTestDatabase();
    await fill(url);
    const file = join(await createTestFolder(), "mine.json");
    const scenario = {
      name: "mine",
      description: "ten posts and 200 events a second",
      duration_seconds: 3,
      rate: [{ at_seconds: 0, events_per_second: 200 }],
      new_posts_per_hour: 36_000,
    };
    await writeFile(file, JSON.stringify(scenario));
    const { status, errors } = await runProgram(
      SIMULATE,
      ["--scenario", file, "--seed", "4"],
      env("mine", url),
    );
    expect({ status, errors }).toEqual({ status: 0, errors: [] });
    const posts = await query<{ post_id: number; named: boolean; at: Date }>(
      url,
      `select post_id, title > '' and url > '' and author_id = 1 as named, publish_timestamp as at
       from posts where post_id > 999 order by post_id`,
    );
    expect(posts.map(({ post_id }) => post_id)).toEqual(posts.map((_, index) => 1_000 + index));
    expect(posts.every(({ named }) => named)).toBe(true);
    const events = (await received("mine")).map(({ event }) => event!);
    const ofNew = events.filter(({ post_id }) => Number(post_id) > 999);
    expect(ofNew.length).toBeGreaterThan(0);
    const early = ofNew.filter(({ post_id, engaged_timestamp }) => {
      const post = posts.find((each) => each.post_id === post_id);
      return !post || Date.parse(String(engaged_timestamp)) < post.at.getTime() - CLOCK_MS;
    });
    expect(early).toEqual([]);
  });

  it("outlives kill -9 of its broker: every acknowledged message is there, once", async () => {
    const own = await startTestBroker();
    const simulator = await spawnService(SIMULATE, env("restarted", databaseUrl, own), {
      readyWhen: "spawned",
      args: ["--rate", "400"],
    });
    const size = async () => (await topicSize(own.address, "restarted")) ?? 0;
    await until(async () => (await size()) > 200);
    await own.kill9();
    await until(() => simulator.logs.some((line) => line.includes("ECONNREFUSED")));
    await own.restart();
    const before = await size();
    await until(async () => (await size()) > before + 400);
    await simulator.stop();
    const { acknowledged, sent, msg } = figures(simulator)!;
    expect(msg).toBe("simulated");
    expect(acknowledged).toBe(sent);
    const ids = (await readTopic(own.address, "restarted")).flat().map(({ event }) => event?.event_id);
    expect(ids).toHaveLength(acknowledged);
    expect(new Set(ids).size).toBe(acknowledged);
  });

  it("waits for a catalogue, and says so once; stopped while it waits it ends with status 0", async () => {
    const { url } = await createTestDatabase();
    const waiting = await spawnService(SIMULATE, env("waiting", url), {
      readyWhen: "spawned",
      args: ["--rate", "50"],
    });
    const told = () => waiting.logs.filter((line) => line.includes("no published posts"));
    await until(() => told().length === 1);
    await waiting.stop();
    expect(told()).toHaveLength(1);

    const second = await spawnService(SIMULATE, env("waiting", url), {
      readyWhen: "spawned",
      args: ["--rate", "50"],
    });
    await until(() => second.logs.some((line) => line.includes("no published posts")));
    await fill(url);
    await until(async () => ((await topicSize(broker.address, "waiting")) ?? 0) > 0);
    await second.stop();
    expect(figures(second)?.msg).toBe("simulated");
  });
});
