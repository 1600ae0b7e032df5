import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { monotonicMs } from "../clock.ts";
import type { SendLedger, Sent } from "./ledger.ts";
import { ndjsonLine } from "./ndjsonLine.ts";
import { STATE, type Target } from "./protocol.ts";
import type { Sender } from "./sender.ts";

/** Events of one request, as many as an array may have too. */
const REQUEST_EVENTS = 1_000;
/** POST /events takes 4 MiB. */
const REQUEST_BYTES = 3_000_000;
const MOST_REQUESTS = 64;
const TIMEOUT_MS = 15_000;
const ANSWER_BYTES = 4 * 1024 * 1024;

interface Answer {
  accepted?: number;
  rejected?: { index: number; reason?: string }[];
  detail?: string;
  title?: string;
}

/** NDJSON to POST /events, several requests at a time; nothing is sent twice. @param timeoutMs of a whole request */
export function createHttpSender(
  { url, key }: NonNullable<Target["http"]>,
  ledger: SendLedger,
  timeoutMs = TIMEOUT_MS,
): Sender {
  const address = new URL("/events", url);
  const isTls = address.protocol === "https:";
  const agent = new (isTls ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: MOST_REQUESTS });
  let lines: string[] = [];
  let bytes = 0;
  let messages: Sent[] = [];
  let requests = 0;

  function post(body: string, signal: AbortSignal): Promise<{ status: number; answer: Answer }> {
    return new Promise((resolve, reject) => {
      const request = (isTls ? httpsRequest : httpRequest)(
        address,
        {
          method: "POST",
          agent,
          signal,
          headers: {
            "content-type": "application/x-ndjson",
            "content-length": Buffer.byteLength(body),
            ...(key && { authorization: `Bearer ${key}` }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          let size = 0;
          response.on("data", (chunk: Buffer) => {
            size += chunk.length;
            if (size > ANSWER_BYTES) response.destroy(new Error("the answer is too long"));
            else chunks.push(chunk);
          });
          response.on("error", reject);
          response.on("end", () => {
            try {
              const answer = JSON.parse(Buffer.concat(chunks).toString()) as Answer;
              resolve({ status: response.statusCode ?? 0, answer });
            } catch {
              reject(new Error(`status ${response.statusCode} without JSON`));
            }
          });
        },
      );
      request.on("error", reject);
      request.end(body);
    });
  }

  async function deliver(group: Sent[], body: string): Promise<void> {
    requests++;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const { status, answer } = await post(body, timeout);
      const at = monotonicMs();
      const isPublished = status === 202;
      // A 400 says that none is valid; any other failure leaves open what was stored.
      if (!isPublished && !(status === 400 && answer.accepted === 0))
        throw new Error(`status ${status}: ${answer.detail ?? answer.title ?? "no reason given"}`);
      const rejected = new Map(answer.rejected?.map(({ index, reason }) => [index, reason]));
      const taken = group.filter((_, index) => !rejected.has(index));
      const broken = group.filter(({ kind }, index) => kind === "broken" && rejected.has(index));
      if (taken.length) ledger.settled({ messages: taken, state: STATE.acknowledged, at });
      if (broken.length) ledger.settled({ messages: broken, state: STATE.refused, at });
      for (const [index, reason] of rejected) {
        const sent = group[index];
        if (!sent || sent.kind === "broken") continue;
        const why = `POST /events refused a good event: ${reason ?? "no reason given"}`;
        ledger.settled({ messages: [sent], state: STATE.failed, at }, why);
      }
    } catch (error) {
      const why = timeout.aborted ? `no answer within ${timeoutMs / 1_000} s` : (error as Error).message;
      const reason = `POST /events: ${why}`;
      ledger.settled({ messages: group, state: STATE.failed, at: monotonicMs() }, reason);
    } finally {
      ledger.closed(group);
      requests--;
    }
  }

  function flush(): void {
    if (!messages.length) return;
    const [group, body] = [messages, `${lines.join("\n")}\n`];
    messages = [];
    lines = [];
    bytes = 0;
    ledger.handedOver(group);
    void deliver(group, body);
  }

  return {
    hasRoom: () => requests < MOST_REQUESTS,
    add({ value }, sent) {
      const line = ndjsonLine(value);
      lines.push(line);
      messages.push(sent);
      bytes += line.length;
      if (messages.length === REQUEST_EVENTS || bytes > REQUEST_BYTES) flush();
    },
    flush,
    async close() {
      agent.destroy();
    },
  };
}
