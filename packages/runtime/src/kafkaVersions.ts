import { connect, isIP, type Socket } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { ConfigError } from "./env.ts";
import { type KafkaSettings, sslOptions } from "./kafka.ts";
import { delay } from "./retry.ts";

const API_VERSIONS = 18;
/** Of an answer, bytes; Kafka's is under 1,000. */
const LONGEST_ANSWER = 1 << 16;
const ANSWER_WITHIN_MS = 3_000;
const ASK_AGAIN_MS = 1_000;

/** The APIs that we cannot do without: name, number, and the versions of which the broker has to speak one. */
const NEEDED: readonly [name: string, key: number, from: number, to: number][] = [
  ["Produce", 0, 3, 7],
  ["Fetch", 1, 11, 11], // our decoder of record batches reads this version
  ["ListOffsets", 2, 1, 3],
  ["Metadata", 3, 4, 6],
  ["OffsetCommit", 8, 2, 5],
  ["OffsetFetch", 9, 1, 4],
  ["FindCoordinator", 10, 0, 2],
  ["JoinGroup", 11, 2, 5],
  ["Heartbeat", 12, 0, 3],
  ["LeaveGroup", 13, 0, 3],
  ["SyncGroup", 14, 0, 3],
  ["CreateTopics", 19, 1, 3],
  ["InitProducerId", 22, 0, 1],
];

/** By API number, the lowest and the highest version that a broker speaks. */
export type SpokenVersions = ReadonlyMap<number, readonly [min: number, max: number]>;

/** One line that says which API a broker lacks; undefined when it speaks all that we need. */
export function lackOf(broker: string, spoken: SpokenVersions): string | undefined {
  for (const [name, key, from, to] of NEEDED) {
    const range = spoken.get(key);
    if (range && range[0] <= to && range[1] >= from) continue;
    const found = range ? `versions ${range[0]} to ${range[1]}` : "no version";
    const expected = from === to ? `version ${from}` : `one of ${from} to ${to}`;
    return `the Kafka broker ${broker} cannot be used: it speaks ${found} of ${name}, expected ${expected}; Kafka 2.6 or later is needed`;
  }
  return undefined;
}

/**
 * Asks the brokers which versions they speak, for a second at most; brokers that are away are asked on meanwhile.
 * @param onLate told of a broker that came later and lacks something
 * @throws ConfigError for one that lacks something
 */
export async function refuseOldBrokers(
  settings: KafkaSettings,
  { signal, onLate }: { signal: AbortSignal; onLate: (error: unknown) => void },
): Promise<void> {
  const asked = askUntilAnswered(settings, signal);
  const given = new AbortController();
  const answered = asked.then(() => true);
  const isInTime = await Promise.race([answered, delay(1_000, given.signal).then(() => false)]);
  given.abort();
  if (!isInTime) answered.catch(onLate);
}

async function askUntilAnswered(settings: KafkaSettings, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const answers = await Promise.all(
      settings.KAFKA_BROKERS.map(async (broker) => {
        // What is wrong with a connection is told by the client that needs it.
        const spoken = await spokenVersions(broker, settings).catch(() => undefined);
        return spoken && { lack: lackOf(broker, spoken) };
      }),
    );
    for (const answer of answers) if (answer?.lack) throw new ConfigError(answer.lack);
    if (answers.some((answer) => answer !== undefined)) return;
    await delay(ASK_AGAIN_MS, signal);
  }
}

/** https://kafka.apache.org/protocol.html#The_Messages_ApiVersions, version 0, which needs no authentication. */
async function spokenVersions(broker: string, settings: KafkaSettings): Promise<SpokenVersions> {
  const request = Buffer.alloc(14);
  request.writeInt32BE(10, 0);
  request.writeInt16BE(API_VERSIONS, 4);
  request.writeInt16BE(-1, 12); // no client id
  const answer = await exchange(broker, settings, request);
  const error = answer.readInt16BE(4);
  if (error !== 0) throw new Error(`ApiVersions: error ${error}`);
  const spoken = new Map<number, readonly [number, number]>();
  for (let left = answer.readInt32BE(6), at = 10; left > 0; left--, at += 6)
    spoken.set(answer.readInt16BE(at), [answer.readInt16BE(at + 2), answer.readInt16BE(at + 4)]);
  return spoken;
}

/** One request on a connection of its own. @returns the answer without its length */
async function exchange(broker: string, settings: KafkaSettings, request: Buffer): Promise<Buffer> {
  const socket = open(broker, settings);
  socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy(new Error("no answer")));
  try {
    socket.write(request);
    let answer = Buffer.alloc(0);
    for await (const chunk of socket) {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length < 4) continue;
      const length = answer.readInt32BE(0);
      if (length < 10 || length > LONGEST_ANSWER) throw new Error(`an answer of ${length} bytes`);
      if (answer.length >= 4 + length) return answer.subarray(4, 4 + length);
    }
    throw new Error("closed without an answer");
  } finally {
    socket.destroy();
  }
}

function open(broker: string, settings: KafkaSettings): Socket {
  const colon = broker.lastIndexOf(":");
  const host = broker.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
  const port = Number(broker.slice(colon + 1));
  const ssl = sslOptions(settings);
  if (!ssl) return connect({ host, port });
  return tlsConnect({ host, port, ...(!isIP(host) && { servername: host }), ...(ssl === true ? {} : ssl) });
}
