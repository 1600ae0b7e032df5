import { ConfigError } from "../../packages/runtime/src/env.ts";
import { Options } from "../support/options.ts";
import { CATALOGUE, type Catalogue, POSTS } from "../support/workload.ts";
import { type BenchEndpoint, ENDPOINTS } from "./endpoints.ts";

/** A database to ask: so many posts, and so many engagements of the last 90 days. */
export interface Size extends Catalogue {
  history: number;
}

export interface ApiOptions {
  sizes: Size[];
  seconds: number;
  versions: number;
  endpoints: readonly BenchEndpoint[];
}

export const API_HELP = `Usage: npm run bench -- api [options]

What each REST answer costs at different histories: one API process over HTTP with keep-alive, the real fold beside it,
and the same answers computed from the raw rows. On backends of its own, in a temporary folder that is removed at the end;
Ctrl-C stops it. Results: the terminal, and bench/results/api-TIME.json.

  --histories LIST   engagements in the database (default 50000,5000000,50000000)
  --many-posts N     beside those of ${POSTS} posts, one database of N posts and 5000000 engagements (default 1000000, 0 for none)
  --seconds N        one client asks this long, eight half as long, each endpoint (default 6)
  --versions N       new versions whose first answer is timed, each endpoint (default 20)
  --endpoints TEXT   only those whose name has it
  --help             this text
`;

/** @returns undefined when help is asked for */
export function readApiOptions(args: string[]): ApiOptions | undefined {
  const options = new Options(args, {
    histories: "string",
    "many-posts": "string",
    seconds: "string",
    versions: "string",
    endpoints: "string",
  });
  if (options.flag("help")) return undefined;
  const histories = options.integers("histories", [50_000, 5_000_000, 50_000_000], { to: 200_000_000 });
  const posts = options.integer("many-posts", 1_000_000, { from: 0, to: 5_000_000 });
  const sizes = histories.map((history) => ({ ...CATALOGUE, history }));
  if (posts > 0) sizes.push({ posts, authors: Math.round(posts ** 0.7), history: 5_000_000 });
  const named = options.text("endpoints", "");
  const endpoints = ENDPOINTS.filter(({ name }) => name.includes(named));
  if (endpoints.length === 0)
    throw new ConfigError(
      `--endpoints: expected a part of one of: ${ENDPOINTS.map(({ name }) => name).join("; ")}`,
    );
  return {
    sizes,
    endpoints,
    seconds: options.integer("seconds", 6, { to: 600 }),
    versions: options.integer("versions", 20, { to: 1_000 }),
  };
}
