import { ErrorCode } from "../protocol/errorCodes.ts";
import { LEADER_EPOCH } from "../storage/partitionLog.ts";

/** The leader never changes here, so neither does its epoch; -1 is a client that does not say. */
export function checkLeaderEpoch(epoch: number): ErrorCode {
  if (epoch < 0 || epoch === LEADER_EPOCH) return ErrorCode.NONE;
  return epoch < LEADER_EPOCH ? ErrorCode.FENCED_LEADER_EPOCH : ErrorCode.UNKNOWN_LEADER_EPOCH;
}
