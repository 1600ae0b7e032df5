/** Parameters and answers of the REST endpoints, one file per subject: what validates them also documents them. */
export * from "./about.ts";
export * from "./analytics.ts";
export * from "./authorList.ts";
export * from "./authors.ts";
export * from "./catalogue.ts";
export * from "./categories.ts";
export * from "./conditions.ts";
export * from "./events.ts";
export * from "./export.ts";
export * from "./livePoll.ts";
export * from "./liveStats.ts";
export * from "./overview.ts";
export { BOARDS, type Board, PERIODS, type Period, WINDOWS, type Window } from "./parameters.ts";
export * from "./postList.ts";
export * from "./posts.ts";
export * from "./problem.ts";
export * from "./rejected.ts";
