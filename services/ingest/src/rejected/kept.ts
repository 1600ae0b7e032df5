import type { RejectReason } from "@pulseboard/contract";
import type { Coordinates } from "./coordinates.ts";

/** A rejected event as it is kept. */
export interface Kept extends Coordinates {
  reason: RejectReason;
  detail: string;
  rejectedAt: Date;
  /** The message's timestamp, ms; null when it had none, or none that is a time. */
  timestamp: number | null;
  payload: Buffer | null;
}
