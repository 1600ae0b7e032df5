import type { Scope } from "@pulseboard/runtime";

/** Who a key or token speaks for. */
export interface Identity {
  /** Under which its requests are counted; the same for each token of one subject. */
  id: string;
  scopes: ReadonlySet<Scope>;
  /** False once it is known to have been revoked, or has expired. */
  holds(): boolean;
}
