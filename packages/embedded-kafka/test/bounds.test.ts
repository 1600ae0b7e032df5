import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { Writer } from "../src/codec/writer.ts";
import type { Logger } from "../src/index.ts";
import { FrameAssembler } from "../src/server/frameAssembler.ts";
import { TopicClient, testBroker } from "./support/brokers.ts";
import { eventually } from "./support/eventually.ts";
import { RawClient } from "./support/rawClient.ts";

function collectingLogger(): { logger: Logger; lines: string[]; told: object[] } {
  const lines: string[] = [];
  const told: object[] = [];
  const note = (fields: object, message: string) => {
    lines.push(message);
    told.push(fields);
  };
  return { logger: { info() {}, warn: note, error: note }, lines, told };
}

const frame = (build: (w: Writer) => void) => {
  const w = new Writer().int32(0);
  build(w);
  w.patchInt32(0, w.position - 4);
  return w.toBuffer();
};
const header = (w: Writer, key: number, version: number) =>
  w.int16(key).int16(version).int32(1).nullableString("x");

test.each([
  ["a negative size", Buffer.from([0xff, 0xff, 0xff, 0xff])],
  ["a size of zero", Buffer.from([0, 0, 0, 0])],
  ["a size above the limit", Buffer.from([0x7f, 0, 0, 0])],
  ["text of another protocol", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
  ["a string longer than the frame", frame((w) => w.int16(3).int16(0).int32(1).int16(30_000))],
  ["a negative string length", frame((w) => w.int16(3).int16(0).int32(1).int16(-5))],
  ["an array longer than the frame", frame((w) => header(w, 3, 1).int32(0x7fffffff))],
  ["a negative array length", frame((w) => header(w, 3, 1).int32(-9))],
  ["a body that ends early", frame((w) => header(w, 1, 11).int32(-1))],
  ["a compact array longer than the frame", frame((w) => header(w, 3, 9).int8(0).uvarint(0x7fffffff))],
  [
    "a compact string longer than other versions can have",
    frame((w) => {
      header(w, 10, 3).int8(0).uvarint(40_001);
      for (let i = 0; i < 40_000; i++) w.int8(0x78);
    }),
  ],
  [
    "an array of hundreds of thousands",
    frame((w) => {
      header(w, 10, 4).int8(0).int8(0).uvarint(200_001);
      for (let i = 0; i < 200_000; i++) w.int8(1);
    }),
  ],
  ["a varint without end", frame((w) => header(w, 3, 9).int32(-1).int32(-1))],
  ["a tagged field longer than the frame", frame((w) => header(w, 3, 9).uvarint(1).uvarint(0).uvarint(99))],
])("%s closes that connection with a log line, and no other", async (_name, bytes) => {
  const { logger, lines } = collectingLogger();
  const broker = await testBroker({ logger });
  const bystander = await TopicClient.open(broker);
  const socket = connect(broker);
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.write(bytes);
  await once(socket.resume(), "close");
  expect(lines).toEqual(["malformed frame, connection closed"]);
  expect(await bystander.latest()).toBe(0);
});

test("a version that is not served is told once, with client, API and version, and closes the connection", async () => {
  const { logger, lines, told } = collectingLogger();
  const broker = await testBroker({ logger });
  for (const [api, version] of [
    [1, 99],
    [1, 99],
    [999, 0],
  ] as const) {
    const socket = connect(broker);
    socket.on("error", () => {});
    await once(socket, "connect");
    socket.write(frame((w) => header(w, api, version)));
    await once(socket.resume(), "close");
  }
  expect(lines).toEqual(Array(2).fill("version not served, connection closed"));
  expect(told).toEqual([
    { clientId: "x", api: "Fetch", version: 99, served: "4 to 13" },
    { clientId: "x", api: 999, version: 0, served: "none" },
  ]);
});

test("random bytes never take the broker down", async () => {
  const broker = await testBroker();
  const bystander = await TopicClient.open(broker);
  let seed = 42;
  const random = (limit: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 0x8000_0000;
    return seed % limit;
  };
  for (let i = 0; i < 300; i++) {
    const body = Buffer.from(Array.from({ length: 8 + random(120) }, () => random(256)));
    body.writeInt16BE(random(45), 0);
    body.writeInt16BE(random(14), 2);
    body.writeInt16BE(random(8), 8 - 2);
    const socket = connect(broker);
    socket.on("error", () => {});
    await once(socket, "connect");
    const size = Buffer.alloc(4);
    size.writeInt32BE(body.length);
    socket.end(Buffer.concat([size, body]));
    socket.resume();
    if (i % 20 === 0) await once(socket, "close");
  }
  expect(await bystander.latest()).toBe(0);
});

test("connections above the limit are refused, and there is room again when one goes", async () => {
  const broker = await testBroker({ maxConnections: 2 });
  const one = await RawClient.connect(broker);
  const two = await RawClient.connect(broker);
  await two.request("Metadata", 8, { topics: [] });
  const refused = await RawClient.connect(broker);
  expect(await refused.receive()).toBeNull();
  one.socket.destroy();
  await eventually(async () => {
    const next = await RawClient.connect(broker);
    next.sendApi("Metadata", 8, { topics: [] });
    return (await next.receive()) !== null;
  });
});

test("more partitions than the broker holds are refused", async () => {
  const { raw } = await TopicClient.open(await testBroker({ maxPartitions: 10 }));
  const create = async (name: string, partitions: number) => {
    const answer = await raw.request("CreateTopics", 4, {
      topics: [{ name, partitions, replicationFactor: 1 }],
    });
    return answer.topics[0].error;
  };
  expect(await create("many", 0x7fffffff)).toBe(37);
  expect(await create("many", 10)).toBe(37);
  expect(await create("many", 9)).toBe(0);
  expect(await create("more", 1)).toBe(37);
});

test("a frame in many chunks is put together once: each byte copied to its place, nothing joined", () => {
  const size = 1_000_000;
  const payload = Buffer.alloc(size, 7);
  const sizes = Buffer.alloc(8);
  sizes.writeInt32BE(size);
  sizes.writeInt32BE(8, 4);
  const all = Buffer.concat([sizes.subarray(0, 4), payload, sizes.subarray(4), Buffer.alloc(8, 9)]);
  const frames: Buffer[] = [];
  const assembler = new FrameAssembler(size);
  for (let at = 0; at < all.length; at += 997) {
    assembler.push(all.subarray(at, at + 997), (complete) => frames.push(complete));
  }
  expect(frames.map(({ length }) => length)).toEqual([size, 8]);
  expect(frames[0]!.equals(payload)).toBe(true);
  expect(frames[0]!.buffer.byteLength).toBe(size);
});
