import type { PlantedBug } from "../plantedBug.ts";
import { API } from "./api.ts";
import { AROUND } from "./around.ts";
import { INGEST } from "./ingest.ts";

/** All planted bugs: docs/planted-bugs.md is their list. */
export const BUGS: readonly PlantedBug[] = [...INGEST, ...API, ...AROUND];
