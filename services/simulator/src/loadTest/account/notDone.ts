import { explainSurroundings } from "@pulseboard/runtime";

/** Why something was not done, in a line. */
export const INTERRUPTED = "ended by Ctrl-C";
export const reasonOf = (error: unknown): string => explainSurroundings(error) ?? (error as Error).message;
