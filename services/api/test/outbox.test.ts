import { createLogger, delay } from "@pulseboard/runtime";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { onTeardown } from "../../../test/support/teardown.ts";
import { until } from "../../../test/support/until.ts";
import type { EventMessage } from "../src/events/message.ts";
import { createOutbox } from "../src/events/outbox.ts";
import { createEventProducer } from "../src/events/producer.ts";
import type { ProducerSession } from "../src/events/session.ts";

const message = (id: number, bytes = 10): EventMessage => ({ key: String(id), value: "x".repeat(bytes) });
const messages = (count: number, bytes?: number) =>
  Array.from({ length: count }, (_, id) => message(id, bytes));
const silent = createLogger("test", "silent");

describe("the outbox", () => {
  test("sends requests in their order, together as far as a send holds", () => {
    const outbox = createOutbox();
    void outbox.add(messages(2), 1e15);
    void outbox.add(messages(3), 1e15);
    expect(outbox.next()?.messages).toHaveLength(5);
    expect(outbox.next()).toBeUndefined();
  });

  test("splits what one broker batch would not hold, and acknowledges the request when all of it is", async () => {
    const outbox = createOutbox();
    let done = false;
    const added = outbox.add(messages(2_000, 1_000), 1e15).then(() => {
      done = true;
    });
    const parcels = [];
    for (let parcel = outbox.next(); parcel; parcel = outbox.next()) parcels.push(parcel);
    expect(parcels.length).toBeGreaterThan(2);
    for (const parcel of parcels)
      expect(parcel.messages.reduce((sum, { value }) => sum + value.length, 0)).toBeLessThan(600 * 1024);
    expect(parcels.flatMap((parcel) => parcel.messages)).toEqual(messages(2_000, 1_000));
    for (const parcel of parcels.slice(1)) parcel.acknowledge();
    await delay(1);
    expect(done).toBe(false);
    parcels[0]!.acknowledge();
    await added;
    expect([outbox.size(), outbox.bytes()]).toEqual([0, 0]);
  });

  test("does not send what nobody waits for any more", async () => {
    const outbox = createOutbox();
    const late = outbox.add(messages(1), 1_000);
    void outbox.add(messages(2), 3_000);
    outbox.dropExpired(2_000);
    await expect(late).rejects.toMatchObject({ status: 503 });
    expect(outbox.next()?.messages).toHaveLength(2);
  });
});

describe("the producer", () => {
  function start(send: (session: number, sent: EventMessage[]) => Promise<void>) {
    let sessions = 0;
    const closed: number[] = [];
    const connect = async (): Promise<ProducerSession> => {
      const number = ++sessions;
      return {
        send: (sent) => send(number, sent),
        close: async () => {
          closed.push(number);
        },
      };
    };
    const producer = createEventProducer(connect, silent);
    onTeardown(() => producer.stop());
    return { producer, sessions: () => sessions, closed };
  }

  test("has one send at a time; who asks meanwhile shares the next", async () => {
    let running = 0;
    const sends: number[] = [];
    const { producer } = start(async (_, sent) => {
      expect(++running).toBe(1);
      sends.push(sent.length);
      await delay(20);
      running--;
    });
    await Promise.all(Array.from({ length: 100 }, (_, id) => producer.publish([message(id)])));
    expect(sends.reduce((sum, count) => sum + count)).toBe(100);
    expect(sends.length).toBeLessThan(5);
  });

  test("never uses a session again whose send has failed: the broker would take the next for a repeat", async () => {
    const used: number[] = [];
    const { producer, closed } = start(async (session) => {
      used.push(session);
      if (session === 1) throw new Error("lost the answer");
    });
    await expect(producer.publish(messages(1))).rejects.toMatchObject({ status: 503 });
    await producer.publish(messages(1));
    expect({ used, closed }).toEqual({ used: [1, 2], closed: [1] });
  });

  test("answers 503 within 5 s when Kafka never answers", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const { producer } = start(() => new Promise(() => {}));
    const refused = expect(producer.publish(messages(1))).rejects.toMatchObject({ status: 503 });
    await vi.advanceTimersByTimeAsync(5_000);
    await refused;
  });

  test("takes no more than it can hold", async () => {
    const { producer } = start(() => new Promise(() => {}));
    const taken = Array.from({ length: 7 }, () =>
      producer.publish(messages(4, 1024 * 1024)).catch((error: Error) => error.message),
    );
    // 28 of 32 MiB are taken, and this is a little more than 4.
    await expect(producer.publish(messages(4, 1024 * 1024))).rejects.toMatchObject({
      status: 503,
      message: expect.stringContaining("too many"),
    });
    for (const message of await Promise.all(taken))
      expect(message).toContain("send again with the event_ids");
    await until(() => producer.inFlight() === 0, { what: "what nobody waits for to be dropped" });
  });

  test("sends what it has taken before it stops, and takes no more", async () => {
    const sent: EventMessage[] = [];
    const { producer } = start(async (_, parcel) => {
      await delay(20);
      sent.push(...parcel);
    });
    const published = producer.publish(messages(3));
    await producer.stop();
    await published;
    expect(sent).toHaveLength(3);
    await expect(producer.publish(messages(1))).rejects.toMatchObject({ status: 503 });
  });
});
