import { type Channel, type Problem, type Subscription, subscription } from "@pulseboard/contract";
import { delay, type Logger } from "@pulseboard/runtime";
import type { Socket } from "socket.io";
import { asProblem, HttpProblem, parseParameters, unavailable } from "../http/problem.ts";
import type { Metrics } from "../metrics.ts";
import type { ChannelSource, Params } from "./channels.ts";
import type { Companions } from "./companions.ts";
import type { Hub } from "./hub.ts";
import { backlog, Outlet } from "./outlet.ts";

export const MAX_SUBSCRIPTIONS = 20;
/** Of all sockets of one client: fewer than the sets there may be, so that nobody takes all of them. */
export const MAX_CLIENT_SUBSCRIPTIONS = 100;
/** Requests of one socket that wait for their turn. */
const MAX_WAITING = 2 * MAX_SUBSCRIPTIONS;

export interface SubscriptionParts {
  hub: Hub;
  channels: Record<Channel, ChannelSource>;
  metrics: Metrics;
  logger: Logger;
  /** Under which name the socket's client is counted; undefined when it is not limited. */
  client: string | undefined;
  companions: Companions<Outlet>;
  /** Counts one more request of the socket's client; false when it has had enough of them. */
  allow: () => Promise<boolean>;
}

const MAX_TRIES = 20;
const TRY_AGAIN_MS = 100;

type Ack = (answer: object) => void;

/** Answers a socket's subscribe and unsubscribe, one request after the other, until it is gone. */
export function serveSubscriptions(socket: Socket, parts: SubscriptionParts): void {
  const { hub, channels, metrics, logger, client, companions, allow } = parts;
  const outlet = new Outlet(socket, metrics.pushes);
  const leave = companions.join(client, outlet);
  let waiting = 0;
  let turn: Promise<void> = Promise.resolve();

  function read(request: unknown): { channel: Channel; params: Params } {
    const { channel, params }: Subscription = parseParameters(subscription, request);
    return { channel, params: channels[channel].parse(params) };
  }

  /** @throws HttpProblem 429 when the socket or its client has as many subscriptions as it may have */
  function demandRoom(): void {
    if (outlet.size >= MAX_SUBSCRIPTIONS)
      throw new HttpProblem(429, `at most ${MAX_SUBSCRIPTIONS} subscriptions a connection`);
    const held = companions.of(client).reduce((sum, { size }) => sum + size, 0);
    if (held >= MAX_CLIENT_SUBSCRIPTIONS)
      throw new HttpProblem(429, `at most ${MAX_CLIENT_SUBSCRIPTIONS} subscriptions a client`);
  }

  async function subscribe(request: unknown, ack: Ack): Promise<void> {
    const { channel, params } = read(request);
    if (!(await allow())) throw new HttpProblem(429, "too many requests in this minute");
    const set = hub.hold(channel, params);
    try {
      if (!outlet.has(set, params)) demandRoom();
      let answer = await hub.answer(set);
      // Meanwhile another subscription of this socket may have been sent a newer version. A database that was put back
      // to an older state is behind until its next fold.
      for (let tries = 0; answer.stats.version < outlet.version && socket.connected; tries++) {
        if (tries === MAX_TRIES) throw unavailable("the database is behind what this connection has seen");
        await delay(TRY_AGAIN_MS);
        answer = await hub.answer(set);
      }
      if (!socket.connected) return;
      const { stats, data, json } = answer;
      outlet.remove(set, params);
      outlet.version = stats.version;
      const shown = params.compact ? set.source.compact?.whole(data) : data;
      ack({ version: stats.version, as_of: stats.asOf, params, data: shown });
      outlet.add(set, params, { json, data });
    } finally {
      set.arriving--;
      hub.release(set);
    }
  }

  async function unsubscribe(request: unknown, ack: Ack): Promise<void> {
    const { channel, params } = read(request);
    const set = hub.hold(channel, params);
    outlet.remove(set, params);
    set.arriving--;
    hub.release(set);
    ack({});
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
        fail(new HttpProblem(429, "too many requests at once"));
        return;
      }
      waiting++;
      turn = turn
        .then(() => (socket.connected ? handle(request, ack as Ack) : undefined))
        .catch(fail)
        .finally(() => waiting--);
    };
  }

  socket.on("subscribe", serve(subscribe));
  socket.on("unsubscribe", serve(unsubscribe));
  socket.on("disconnect", () => {
    leave();
    for (const set of outlet.clear()) hub.release(set);
  });
}
