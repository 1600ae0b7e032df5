import { type Channel, type Problem, type Subscription, subscription } from "@pulseboard/contract";
import { delay, type Logger } from "@pulseboard/runtime";
import type { Socket } from "socket.io";
import { asProblem, HttpProblem, parseParameters, unavailable } from "../http/problem.ts";
import type { Metrics } from "../metrics.ts";
import { Allowance } from "./allowance.ts";
import type { ChannelSource, Params } from "./channels.ts";
import type { Client } from "./holders.ts";
import type { Hub } from "./hub.ts";
import { backlog, Outlet } from "./outlet.ts";

export const MAX_SUBSCRIPTIONS = 20;
/** Requests of one socket that wait for their turn. */
const MAX_WAITING = 2 * MAX_SUBSCRIPTIONS;
/** Messages of one socket, whatever they ask: a page that changes all its panels several times a second sends fewer. */
const MESSAGES = { burst: 200, perSecond: 20 };

export interface SubscriptionParts {
  hub: Hub;
  channels: Record<Channel, ChannelSource>;
  metrics: Metrics;
  logger: Logger;
  client: Client;
  /** Counts one more request of the socket's client; false when it has had enough of them. */
  allow: () => Promise<boolean>;
}

const MAX_TRIES = 20;
const TRY_AGAIN_MS = 100;

type Ack = (answer: object) => void;

/**
 * Answers a socket's subscribe and unsubscribe, one request after the other, until it is gone. One that sends more than
 * it may is told so once, and cut off.
 */
export function serveSubscriptions(socket: Socket, parts: SubscriptionParts): void {
  const { hub, channels, metrics, logger, client, allow } = parts;
  const outlet = new Outlet(socket, metrics.pushes);
  const messages = new Allowance(MESSAGES.burst, MESSAGES.perSecond);
  let requests = 0;
  let waiting = 0;
  let turn: Promise<void> = Promise.resolve();

  function read(request: unknown): { channel: Channel; params: Params } {
    const { channel, params }: Subscription = parseParameters(subscription, request);
    return { channel, params: channels[channel].parse(params) };
  }

  /**
   * Counts as a request what costs one: a set that is read for this client, and whatever comes after as many
   * requests as a connection may have subscriptions.
   * @throws HttpProblem 429
   */
  async function pay(isNew: boolean): Promise<void> {
    requests++;
    if ((isNew || requests > MAX_SUBSCRIPTIONS) && !(await allow()))
      throw new HttpProblem(429, "too many requests in this minute");
  }

  async function subscribe(request: unknown, ack: Ack): Promise<void> {
    const { channel, params } = read(request);
    const known = hub.find(channel, params);
    await pay(known === undefined);
    if (!(known && outlet.has(known, params)) && outlet.size >= MAX_SUBSCRIPTIONS)
      throw new HttpProblem(429, `at most ${MAX_SUBSCRIPTIONS} subscriptions a connection`);
    const set = hub.hold(channel, params, client);
    let isKept = false;
    try {
      let answer = await hub.answer(set);
      // Meanwhile another subscription of this socket may have been sent a newer version. A database that was put back
      // to an older state is behind until its next fold.
      for (let tries = 0; answer.stats.version < outlet.version && socket.connected; tries++) {
        if (tries === MAX_TRIES) throw unavailable("the database is behind what this connection has seen");
        await delay(TRY_AGAIN_MS);
        answer = await hub.answer(set);
      }
      if (!socket.connected) return;
      if (outlet.remove(set, params)) hub.release(set, client);
      outlet.version = answer.stats.version;
      ack(set.whole(params, answer));
      outlet.add(set, params, answer);
      isKept = true;
    } finally {
      if (!isKept) hub.release(set, client);
    }
  }

  async function unsubscribe(request: unknown, ack: Ack): Promise<void> {
    const { channel, params } = read(request);
    const set = hub.find(channel, params);
    if (set && outlet.remove(set, params)) hub.release(set, client);
    ack({});
  }

  function cutOff(ack: unknown, detail: string): void {
    if (!socket.connected) return;
    if (typeof ack === "function") ack({ error: new HttpProblem(429, detail).toProblem() });
    socket.disconnect(true);
  }

  /** In turn; without an acknowledgement function there is nobody to answer, so nothing is done. */
  function serve(handle: (request: unknown, ack: Ack) => Promise<void>) {
    return (request: unknown, ack: unknown): void => {
      if (typeof ack !== "function") return;
      const fail = (error: unknown) => {
        const problem = asProblem(error);
        if (problem.status >= 500 && !(error instanceof HttpProblem))
          logger.error({ err: error }, "a subscription failed");
        (ack as (answer: { error: Problem }) => void)({ error: problem.toProblem() });
      };
      // Who does not read its answers gets no more of them.
      if (backlog(socket) > MAX_WAITING) {
        socket.disconnect(true);
        return;
      }
      if (waiting >= MAX_WAITING) {
        cutOff(ack, `more than ${MAX_WAITING} requests at once: the connection is closed`);
        return;
      }
      waiting++;
      turn = turn
        .then(() => (socket.connected ? handle(request, ack as Ack) : undefined))
        .catch(fail)
        .finally(() => waiting--);
    };
  }

  socket.use((message, next) => {
    if (messages.take()) next();
    else
      cutOff(message.at(-1), `more than ${MESSAGES.perSecond} messages a second: the connection is closed`);
  });
  socket.on("subscribe", serve(subscribe));
  socket.on("unsubscribe", serve(unsubscribe));
  socket.on("disconnect", () => {
    for (const set of outlet.clear()) hub.release(set, client);
  });
}
