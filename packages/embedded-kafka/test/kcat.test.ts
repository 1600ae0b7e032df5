import { describe, expect, it } from "vitest";
import { splitBatches } from "./support/batches.ts";
import { TopicClient, testAdmin, testBroker, testKafka, testProducer } from "./support/brokers.ts";
import { hasKcat, kcat } from "./support/kcat.ts";

const lines = (count: number) => `${Array.from({ length: count }, (_, i) => `line ${i}`).join("\n")}\n`;
const sorted = (text: string) => text.trim().split("\n").sort();
const CODECS = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 };

describe.skipIf(!hasKcat)("kcat (librdkafka)", () => {
  it("-L lists the broker, its real port, and the topics", async () => {
    const broker = await testBroker();
    await TopicClient.open(broker, "t", 3);
    const listed = JSON.parse(await kcat(["-b", broker.address, "-L", "-J"]));
    expect(listed).toMatchObject({
      controllerid: 1,
      brokers: [{ id: 1, name: broker.address }],
      topics: [{ topic: "t", partitions: [{ leader: 1, replicas: [{ id: 1 }] }, {}, {}] }],
    });
  });

  it.each(Object.entries(CODECS))(
    "-P -z %s keeps the compression it asked for, and -C reads it back",
    async (codec, number) => {
      const broker = await testBroker();
      const client = await TopicClient.open(broker);
      await kcat(
        ["-b", broker.address, "-P", "-t", "t", "-z", codec, "-X", "enable.idempotence=true"],
        lines(500),
      );
      const batches = splitBatches((await client.fetch(0)).records);
      // A librdkafka that finds Produce advertised from 3 on sends everything uncompressed.
      expect(new Set(batches.map(({ bytes }) => bytes.readInt16BE(21) & 7))).toEqual(new Set([number]));
      const read = await kcat(["-b", broker.address, "-C", "-t", "t", "-e", "-q"]);
      expect(read).toBe(lines(500));
    },
  );

  it("-C of a topic that is not there does not create it; -P does", async () => {
    const broker = await testBroker();
    const admin = await testAdmin(testKafka(broker));
    await kcat(["-b", broker.address, "-C", "-t", "absent", "-e", "-q"]).catch(() => {});
    expect(await admin.listTopics()).toEqual([]);
    await kcat(["-b", broker.address, "-P", "-t", "present"], "x\n");
    expect(await admin.listTopics()).toEqual(["present"]);
  });

  it("-G reads what kafkajs wrote, commits, and goes on there", async () => {
    const broker = await testBroker();
    const kafka = testKafka(broker);
    const producer = await testProducer(kafka);
    const group = ["-b", broker.address, "-e", "-q", "-X", "auto.offset.reset=earliest", "-G", "g", "t"];
    await producer.send({
      topic: "t",
      messages: Array.from({ length: 100 }, (_, i) => ({ value: `a${i}` })),
    });
    expect(sorted(await kcat(group))).toHaveLength(100);
    await producer.send({ topic: "t", messages: Array.from({ length: 50 }, (_, i) => ({ value: `b${i}` })) });
    const second = sorted(await kcat(group));
    expect(second).toHaveLength(50);
    expect(second.every((value) => value.startsWith("b"))).toBe(true);
  });

  it("-C from an offset and from a time begins at that very record", async () => {
    const broker = await testBroker();
    const client = await TopicClient.open(broker);
    await kcat(["-b", broker.address, "-P", "-t", "t"], lines(20));
    const fromOffset = await kcat(["-b", broker.address, "-C", "-t", "t", "-o", "15", "-e", "-q"]);
    expect(fromOffset.trim().split("\n")).toHaveLength(5);
    const { timestamp } = await client.offsetFor(0);
    const fromTime = await kcat(["-b", broker.address, "-C", "-t", "t", "-o", `s@${timestamp}`, "-e", "-q"]);
    expect(fromTime).toBe(lines(20));
  });
});
