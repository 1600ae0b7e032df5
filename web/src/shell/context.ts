import { createContext } from "svelte";
import type { Live } from "../live/live.svelte.ts";
import type { Rest } from "../live/rest.ts";
import type { Address } from "./address.svelte.ts";
import type { Choices } from "./choices.svelte.ts";
import type { Theme } from "./theme.svelte.ts";

/** What every component may ask for, instead of being handed it through all that lie between. */
export interface App {
  address: Address;
  live: Live;
  rest: Rest;
  theme: Theme;
  choices: Choices;
  /** Names the colours in force: a canvas has to read them again when this changes. */
  readonly palette: string;
  /** The minute up to which the numbers are, as 14:03 or 14:03 on 16 Nov, once they are no longer current; null while they are. */
  readonly until: string | null;
}

export const [useApp, provideApp] = createContext<App>();
