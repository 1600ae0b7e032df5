import type { OutgoingMessage } from "../../event.ts";
import type { Sent } from "./ledger.ts";

/** Hands messages over, several requests at a time; what became of them goes to the ledger. */
export interface Sender {
  /** Whether more may be handed over now: what is in flight is bounded. */
  hasRoom(): boolean;
  /** @param time ms since the epoch, of the message */
  add(message: OutgoingMessage, sent: Sent, time: number): void;
  /** Sends what was added. */
  flush(): void;
  close(): Promise<void>;
}
