import { HttpProblem } from "../http/problem.ts";
import { Companions } from "./companions.ts";

/** Live connections of a process: sockets, and requests that wait for a newer version. */
const MOST = 10_000;
/** Of one client: fewer than there may be, so that nobody takes all of them. */
const MOST_OF_CLIENT = 100;

const refusal = (status: number, detail: string) =>
  new HttpProblem(status, detail, { headers: { "Retry-After": "5" }, members: { reason: "connections" } });

/** Who is connected for live data, in whatever way. */
export class LivePlaces {
  #taken = 0;
  readonly #held = new Companions<object>();

  /** Why one more of this client is not taken; undefined when it is. */
  refusal(client: string | undefined): HttpProblem | undefined {
    if (this.#taken >= MOST) return refusal(503, "this server has too many connections: try again later");
    if (this.#held.of(client).length >= MOST_OF_CLIENT)
      return refusal(429, `at most ${MOST_OF_CLIENT} connections a client: close some, other tabs say`);
    return undefined;
  }

  /** @returns to be called when it is gone */
  take(client: string | undefined, one: object): () => void {
    this.#taken++;
    const leave = this.#held.join(client, one);
    return () => {
      this.#taken--;
      leave();
    };
  }
}
