/** Registers what is to happen when the caller's connection closes; returns how to take that back. */
export type OnClose = (callback: () => void) => () => void;
