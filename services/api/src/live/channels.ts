import {
  type Channel,
  compactParam,
  engagementQuery,
  type LiveParams,
  type LiveStats,
  overviewQuery,
  patternsQuery,
  postIdParam,
  trendingQuery,
} from "@pulseboard/contract";
import type pg from "pg";
import { HttpProblem, parseParameters } from "../http/problem.ts";
import type { ZonedQuestions } from "../http/routes/analytics.ts";
import { coalesce } from "../readModels/coalesce.ts";
import { postEngagement } from "../readModels/posts.ts";
import type { Answer, Question, Reader, Snapshot } from "../readModels/reader.ts";
import type { Stats } from "../readModels/stats.ts";
import { trending } from "../readModels/trending.ts";
import { COMPACT, type Compact } from "./compact.ts";

export type Params = LiveParams;
/** Parameters as a client gives them. */
export type Given = Record<string, string | number | boolean | null>;

/** A channel's data for some parameters, at one version. */
export interface LiveAnswer {
  stats: Stats;
  data: unknown;
  json: string;
}

export interface ChannelSource {
  /** The complete, defaulted parameters. @throws HttpProblem 400 */
  parse(given: Given): Params;
  /** Those of the parameters that have the same data, the same for all of them; without `compact`. */
  canonical(params: Params): Params;
  /** Within a snapshot, for all subscribers. */
  readIn(snapshot: Snapshot, params: Params): Promise<LiveAnswer>;
  /** For one new subscriber, at the newest version. */
  readNow(params: Params): Promise<LiveAnswer>;
  /** Least time between two looks, ms. */
  restMs: number;
  /** Longest time between two looks though the version stays, ms. */
  renewMs: number;
  /** Where subscribers may ask for `compact: true`. */
  compact?: Compact;
}

/** JSON values as a query string would have them; null is absent. */
const asQuery = (given: Given): Record<string, string> =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])),
  );

function isCompact(given: Given[string] | undefined): boolean {
  const text = String(given ?? false);
  if (text !== "true" && text !== "false")
    throw new HttpProblem(400, "compact: expected true or false", { parameter: "compact" });
  return text === "true";
}

const defined = (params: object): Params =>
  Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));

const postParams = postIdParam.extend(engagementQuery.shape);

export function createChannels(
  reader: Reader,
  zoned: ZonedQuestions,
  readTotals: (client: pg.ClientBase) => Promise<LiveStats>,
): Record<Channel, ChannelSource> {
  const never = Number.POSITIVE_INFINITY;

  function fromQuestion<P extends object, T>(
    question: Question<P, T>,
    parse: (query: Record<string, string>) => P,
    asks: Pick<ChannelSource, "restMs" | "compact">,
  ): ChannelSource {
    return {
      parse({ compact, ...given }) {
        const params = defined(parse(asQuery(given)));
        if (!asks.compact || !isCompact(compact)) return params;
        if (params.day_of_week !== undefined)
          throw new HttpProblem(400, "compact: a compact heatmap has all days", { parameter: "compact" });
        return { ...params, compact: true };
      },
      canonical({ compact: _, ...params }) {
        return (question.canonical?.(params as P) ?? params) as Params;
      },
      readIn: (snapshot, params): Promise<Answer<T>> => snapshot.answer(question, params as P),
      readNow: async (params): Promise<Answer<T>> => {
        const answer = await reader.answer(question, params as P);
        if (answer.data === null)
          throw new HttpProblem(404, "there is no such post", { parameter: "post_id" });
        return answer;
      },
      renewMs: never,
      ...asks,
    };
  }

  async function totalsIn({ client, stats }: Snapshot): Promise<LiveAnswer> {
    const data = await readTotals(client);
    return { stats, data, json: JSON.stringify(data) };
  }

  return {
    totals: {
      parse: ({ compact }): Params => (compact === compactParam("totals") ? { compact } : {}),
      canonical: () => ({}),
      readIn: totalsIn,
      readNow: coalesce(() => reader.snapshot(totalsIn)),
      restMs: 0,
      // Pushed every 2 s at the latest, with a margin for a pass that takes long.
      renewMs: 1_500,
      compact: COMPACT.totals,
    },
    leaderboard: fromQuestion(trending, (query) => parseParameters(trendingQuery, query), {
      restMs: 1_000,
      compact: COMPACT.leaderboard,
    }),
    post: fromQuestion(postEngagement, (query) => parseParameters(postParams, query), { restMs: 0 }),
    heatmap: fromQuestion(zoned.patterns, (query) => parseParameters(patternsQuery, query), {
      restMs: 1_000,
      compact: COMPACT.heatmap,
    }),
    overview: fromQuestion(zoned.overview, (query) => parseParameters(overviewQuery, query), {
      restMs: 5_000,
      compact: COMPACT.overview,
    }),
  };
}
