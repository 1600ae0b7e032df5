import { HttpProblem } from "../http/problem.ts";
import { ClientCounts } from "./clientCounts.ts";

/** Live connections of a process: sockets, and requests that wait for a newer version. */
const MOST = 10_000;

const refusal = (status: number, detail: string) =>
  new HttpProblem(status, detail, { headers: { "Retry-After": "5" }, members: { reason: "connections" } });

/** Who is connected for live data, in whatever way. */
export class LivePlaces {
  #taken = 0;
  readonly #held = new ClientCounts();
  readonly #mostOfClient: number;

  /** @param mostOfClient fewer than there may be, so that nobody takes all of them */
  constructor(mostOfClient: number) {
    this.#mostOfClient = mostOfClient;
  }

  /** Why one more of this client is not taken; undefined when it is. */
  refusal(client: string | undefined): HttpProblem | undefined {
    if (this.#taken >= MOST) return refusal(503, "this server has too many connections: try again later");
    if (this.#held.of(client) >= this.#mostOfClient)
      return refusal(429, `at most ${this.#mostOfClient} connections a client: close some`);
    return undefined;
  }

  /** @returns to be called when it is gone */
  take(client: string | undefined): () => void {
    this.#taken++;
    const leave = this.#held.join(client);
    return () => {
      this.#taken--;
      leave();
    };
  }
}
