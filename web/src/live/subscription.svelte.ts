import type {
  Channel,
  ChannelData,
  CompactChannel,
  LiveMessage,
  LiveParams,
  Problem,
  SubscribeAnswer,
} from "@pulseboard/contract";
import { compactParam } from "@pulseboard/contract";
import { backoff } from "./backoff.ts";
import { CompactData, isCompact } from "./compact.ts";
import type { Connection, LiveSocket, Passenger } from "./connection.svelte.ts";
import { atFrame } from "./frame.ts";
import { type Params, paramsKey, supersedes } from "./held.ts";
import { tameNames } from "./names.ts";
import type { Source } from "./source.ts";

const ANSWER_WITHIN = 10_000;
const NO_ANSWER: Problem = { type: "about:blank", title: "No answer within 10 s", status: 504 };

/**
 * One channel with one set of parameters, and the newest message for it.
 *
 *   asking   subscribe is sent, the snapshot not here yet; what was held is still shown
 *   held     a snapshot came and pushes replace it, never by a lower version
 *   refused  the server answered with a problem; asked again at retryAt, or by retry()
 *
 *   asking  -> held     snapshot            held    -> asking   reconnected, or other parameters
 *   asking  -> refused  problem, timeout    refused -> asking   retry, reconnected, or other parameters
 *
 * The snapshot of a new connection is taken whatever its version: the server may have begun anew. A push that
 * overtakes the snapshot waits for it. Answers to an earlier asking are dropped. Without a connection nothing
 * changes: the last numbers stay. All but a post come compact: the snapshot whole, then what changed.
 */
export class Subscription<C extends Channel> implements Passenger, Source {
  readonly channel: C;
  #params: LiveParams;
  readonly #compact: CompactData<CompactChannel> | null;
  #key: string;
  /** The parameters as the server wrote them in its snapshot, which is how its pushes name them. */
  #pushKey: string;
  #early: LiveMessage<C> | null = null;
  /** The newest push, taken at the next frame. */
  #next: LiveMessage<C> | null = null;
  #socket: LiveSocket | null = null;
  #asking = 0;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #received: ((message: LiveMessage<C>) => void) | undefined;

  #mode = $state<"asking" | "held" | "refused">("asking");
  #message = $state.raw<LiveMessage<C> | null>(null);
  #problem = $state.raw<Problem | null>(null);
  #retryAt = $state<number | null>(null);
  #changing = $state(false);

  constructor(channel: C, params: Params, received?: (message: LiveMessage<C>) => void) {
    this.channel = channel;
    this.#compact = isCompact(channel) ? new CompactData(channel) : null;
    this.#params = this.#asked(params);
    this.#key = paramsKey(this.#params);
    this.#pushKey = this.#key;
    this.#received = received;
  }

  get mode() {
    return this.#mode;
  }
  /** The newest message, possibly still that of the parameters before: read its own `params`. */
  get message() {
    return this.#message;
  }
  get asOf() {
    return this.#message && Date.parse(this.#message.as_of);
  }
  /** The last answer was this problem; gone with the next snapshot. */
  get problem() {
    return this.#problem;
  }
  /** True while `message` is of other parameters than those asked for. */
  get changing() {
    return this.#message !== null && this.#changing;
  }
  /** Why there is nothing to show: a problem, and no message for the present parameters. */
  get refusal() {
    return this.#message === null || this.#changing ? this.#problem : null;
  }
  /** When it asks again by itself, steady ms. */
  get retryAt() {
    return this.#retryAt;
  }

  /** Rides on the connection until the returned function is called. */
  follow(connection: Connection): () => void {
    const leave = connection.board(this);
    return () => {
      leave();
      this.#leaveChannel();
      this.disconnected();
    };
  }

  /** Other parameters: leaves the old set and asks for the new one. */
  change(given: Params): void {
    const params = this.#asked(given);
    const key = paramsKey(params);
    if (key === this.#key) return;
    this.#socket?.emit("unsubscribe", { channel: this.channel, params: this.#params }, () => {});
    this.#params = params;
    this.#key = key;
    this.#pushKey = key;
    this.#changing = true;
    this.#attempt = 0;
    this.#ask();
  }

  retry(): void {
    this.#ask();
  }

  connected(socket: LiveSocket): void {
    if (this.#socket !== socket) {
      this.#socket = socket;
      (socket as unknown as Listening<C>).on(this.channel, this.#push);
    }
    this.#attempt = 0;
    this.#ask();
  }

  disconnected(): void {
    clearTimeout(this.#timer);
    this.#asking++;
    this.#retryAt = null;
  }

  #leaveChannel(): void {
    if (!this.#socket) return;
    (this.#socket as unknown as Listening<C>).off(this.channel, this.#push);
    if (this.#socket.connected)
      this.#socket.emit("unsubscribe", { channel: this.channel, params: this.#params }, () => {});
    this.#socket = null;
  }

  #ask(): void {
    clearTimeout(this.#timer);
    this.#retryAt = null;
    this.#mode = "asking";
    this.#early = null;
    this.#next = null;
    if (!this.#socket?.connected) return;
    const asking = ++this.#asking;
    const request = { channel: this.channel, params: this.#params };
    this.#socket
      .timeout(ANSWER_WITHIN)
      .emit("subscribe", request, (late: Error | null, answer?: SubscribeAnswer) => {
        if (asking !== this.#asking) return;
        if (late || !answer) this.#refuse(NO_ANSWER);
        else if ("error" in answer) this.#refuse(answer.error);
        else this.#hold(answer as LiveMessage<C>);
      });
  }

  #hold(snapshot: LiveMessage<C>): void {
    this.#attempt = 0;
    this.#mode = "held";
    this.#problem = null;
    this.#pushKey = paramsKey(snapshot.params);
    if (this.#compact) this.#take({ ...snapshot, data: this.#compact.begin(snapshot) as ChannelData[C] });
    else this.#take(this.#early && supersedes(this.#early, snapshot) ? this.#early : snapshot);
  }

  /** Only what changed is pushed, where the channel can. */
  #asked(params: Params): LiveParams {
    return this.#compact ? { ...params, compact: compactParam(this.channel as CompactChannel) } : params;
  }

  #take(message: LiveMessage<C>): void {
    this.#next = null;
    this.#changing = false;
    this.#message = tameNames(message);
    this.#received?.(message);
  }

  #refuse(problem: Problem): void {
    const wait = backoff(++this.#attempt + 1);
    this.#mode = "refused";
    this.#problem = problem;
    this.#retryAt = performance.now() + wait;
    this.#timer = setTimeout(() => this.#ask(), wait);
  }

  #takeNext = (): void => {
    if (this.#next !== null && this.#mode === "held") this.#take(this.#next);
  };

  #push = (pushed: LiveMessage<C>): void => {
    if (paramsKey(pushed.params) !== this.#pushKey) return;
    // What changed is told of what came before, which a snapshot under way begins anew: it comes first.
    if (this.#compact && this.#mode !== "held") return;
    const message = this.#compact
      ? { ...pushed, data: this.#compact.apply(pushed) as ChannelData[C] }
      : pushed;
    if (this.#mode === "asking") this.#early = supersedes(message, this.#early) ? message : this.#early;
    else if (this.#mode === "held" && supersedes(message, this.#next ?? this.#message)) {
      this.#next = message;
      atFrame(this.#takeNext);
    }
  };
}

/** socket.io's listener types do not narrow over a generic event name. */
interface Listening<C extends Channel> {
  on(channel: C, listener: (message: LiveMessage<C>) => void): void;
  off(channel: C, listener: (message: LiveMessage<C>) => void): void;
}
