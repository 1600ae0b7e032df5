import type { Fault } from "../fault.ts";
import { brokerFaults } from "./broker.ts";
import { clockFaults } from "./clocks.ts";
import { databaseFaults } from "./database.ts";
import { databaseLinkFaults } from "./databaseLink.ts";
import { ingestFaults } from "./ingest.ts";
import { logFaults } from "./logs.ts";
import { messageFaults } from "./messages.ts";
import { partitionFaults } from "./partitions.ts";
import { retentionFaults } from "./retention.ts";
import { transactionFaults } from "./transactions.ts";

/** Every kind of fault there is. */
export const FAULTS: readonly Fault[] = [
  ...ingestFaults,
  ...databaseFaults,
  ...databaseLinkFaults,
  ...brokerFaults,
  ...logFaults,
  ...partitionFaults,
  ...messageFaults,
  ...transactionFaults,
  ...clockFaults,
  ...retentionFaults,
];
