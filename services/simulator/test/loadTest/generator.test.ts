import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { until } from "../../../../test/support/until.ts";
import type { OutgoingMessage } from "../../src/event.ts";
import { createHttpSender } from "../../src/loadTest/generator/httpSender.ts";
import { SendLedger, type Sent } from "../../src/loadTest/generator/ledger.ts";
import { STATE } from "../../src/loadTest/generator/protocol.ts";

const MESSAGE: OutgoingMessage = { key: null, value: "{}" };
const kinds: Sent["kind"][] = ["event", "repeat", "broken", "late", "broken"];
const planned = (ledger: SendLedger): Sent[] =>
  kinds.map((kind, intendedMs) => ({ index: ledger.due(intendedMs), intendedMs, kind }));

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

/** Sends a message of each kind in one request to a server that answers so; what became of them. */
async function post(answer: (response: ServerResponse) => void, timeoutMs?: number) {
  server = createServer((request, response) => request.resume().on("end", () => answer(response)));
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  const ledger = new SendLedger(0);
  const { port } = server.address() as AddressInfo;
  const sender = createHttpSender({ url: `http://127.0.0.1:${port}`, key: undefined }, ledger, timeoutMs);
  for (const sent of planned(ledger)) sender.add(MESSAGE, sent, 0);
  sender.flush();
  await until(() => ledger.inFlight === 0);
  await sender.close();
  return { states: [...ledger.allStates()], told: ledger.take() };
}

const json = (status: number, answer: object) => (response: ServerResponse) =>
  void response.writeHead(status).end(JSON.stringify(answer));

describe("the generator's account", () => {
  it("holds a good event that POST /events refuses for failed, and a broken one for refused", async () => {
    const rejected = [1, 2, 3].map((index) => ({ index, field: "", reason: "expected JSON" }));
    const { states, told } = await post(json(202, { accepted: 2, rejected }));
    const { acknowledged, failed, refused } = STATE;
    expect(states).toEqual([acknowledged, failed, refused, failed, acknowledged]);
    expect(told.counts).toMatchObject({ sent: 5, acknowledged: 2, failed: 2, refused: 1, inFlight: 0 });
    expect(told.failures).toEqual({ "POST /events refused a good event: expected JSON": 2 });
    // Of the two that were acknowledged one becomes an engagement.
    expect([...told.batches].slice(3)).toEqual([1, 2]);
  });

  it("gives a request up that is answered byte by byte without an end", async () => {
    let dripping: NodeJS.Timeout | undefined;
    const { told } = await post((response) => {
      response.writeHead(202);
      dripping = setInterval(() => response.write(" "), 5);
    }, 200);
    clearInterval(dripping);
    expect(told.failures).toEqual({ "POST /events: no answer within 0.2 s": 5 });
    expect(told.counts).toMatchObject({ sent: 5, failed: 5 });
  });

  it("counts what was never answered as failed", () => {
    const ledger = new SendLedger(0);
    const group = planned(ledger);
    ledger.handedOver(group);
    ledger.abandon("no answer");
    expect([...ledger.allStates()]).toEqual(kinds.map(() => STATE.failed));
    const { counts, failures, settledMs } = ledger.take();
    expect(counts).toMatchObject({ sent: 5, failed: 5, inFlight: 0 });
    expect({ failures, settledMs }).toEqual({ failures: { "no answer": 5 }, settledMs: 4 });
  });
});
