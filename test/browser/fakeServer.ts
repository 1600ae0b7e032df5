import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type AuthorListRow,
  type Channel,
  type ChannelData,
  compactParam,
  compactTotalsOf,
  heatCellsOf,
  type LiveMessage,
  type LiveParams,
  type LiveStats,
  type Overview,
  type PatternCell,
  type PostListRow,
  type TopCategory,
  type TrendingRow,
} from "@pulseboard/contract";
import { type Socket, Server as SocketServer } from "socket.io";

export const WEB = fileURLToPath(new URL("../../web/", import.meta.url));
export const DIST = join(WEB, "dist");
const MEDIA: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};
const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self' ws:; object-src 'none'";

/**
 * The built dashboard and a live server that says exactly what a test wants; what it holds can be changed between
 * messages.
 */
export class FakeServer {
  version = 100;
  engagements = 1_234;
  rejected = 12;
  conditions: LiveStats["conditions"] = [];
  /** Events that wait to be read. */
  lag = 28_410;
  /** How much of the sample history there is, percent; null when it is not being loaded. */
  sampleHistory: number | null = null;
  /** How far the server's clock is ahead of the test's, ms. */
  ahead = 0;
  /** How far as_of is behind the moment of sending, ms. */
  behind = 300;
  /** While set, subscriptions wait for their answer. */
  hold: Promise<void> | null = null;
  /** The entry script that the page names in place of its own, as another build would. */
  entry: string | null = null;
  /** What REST answers to a path. */
  rest: Record<string, (query: URLSearchParams) => { status: number; body: unknown }> = {
    "/categories/top": () => ok(CATEGORIES),
    "/posts": () => ok({ total: 1, posts: [POST], next_cursor: null }),
    "/authors": (query) => {
      const named = AUTHORS.filter(({ name }) => name.toLowerCase().includes(query.get("q") ?? ""));
      const segment = query.get("segment");
      const authors = named.filter((author) => segment === null || author.performance_segment === segment);
      return ok({ total: authors.length, segments: [], authors, next_cursor: null });
    },
    "/author/3/trends": () => ok({ author_id: 3, author_name: "Ines Varga" }),
  };
  readonly asked: { channel: Channel; params: LiveParams }[] = [];
  /** The channels that were unsubscribed from. */
  readonly left: Channel[] = [];
  #http: Server | null = null;
  #io: SocketServer | null = null;
  #port = 0;

  get url() {
    return `http://127.0.0.1:${this.#port}/dashboard/`;
  }

  async start() {
    const http = createServer(async (request, response) => {
      const url = new URL(request.url ?? "/", "http://localhost");
      const asked = url.pathname;
      const answer = this.rest[asked];
      if (answer) {
        const { status, body } = answer(url.searchParams);
        response.writeHead(status, {
          "content-type": status < 400 ? "application/json" : "application/problem+json",
          "x-stats-as-of": new Date(Date.now() + this.ahead - this.behind).toISOString(),
          etag: `"${this.version}"`,
        });
        response.end(JSON.stringify(body));
        return;
      }
      const path = asked.replace(/^\/dashboard/, "");
      const file = join(DIST, path === "/" ? "index.html" : path);
      try {
        const built = await readFile(file);
        const body =
          this.entry !== null && file.endsWith(".html")
            ? built.toString().replace(/(type="module"[^>]+src=)"[^"]+"/, `$1"${this.entry}"`)
            : built;
        response.setHeader("content-type", MEDIA[extname(file)] ?? "application/octet-stream");
        response.setHeader("content-security-policy", POLICY);
        response.end(body);
      } catch {
        response.writeHead(404).end();
      }
    });
    const io = new SocketServer(http);
    io.on("connection", (socket) => this.#serve(socket));
    await new Promise<void>((resolve) => http.listen(this.#port, "127.0.0.1", resolve));
    const address = http.address();
    if (address !== null && typeof address === "object") this.#port = address.port;
    this.#http = http;
    this.#io = io;
  }

  /** Gone, connections and all; start() brings it back on the same port. */
  async stop() {
    const closed = this.#io?.close();
    // Also those that a browser has opened for later: they would be waited for a minute.
    this.#http?.closeAllConnections();
    await closed;
  }

  #serve(socket: Socket) {
    socket.on("subscribe", async (request, ack) => {
      this.asked.push(request);
      await this.hold;
      ack(this.message(request.channel, request.params));
    });
    socket.on("unsubscribe", (request, ack) => {
      this.left.push(request.channel);
      ack({});
    });
  }

  /** A category's place, with so many views. */
  row(label: string, views: number): TrendingRow {
    return row(1, label, views);
  }
  push<C extends Channel>(message: LiveMessage<C>, channel: C) {
    this.#io?.emit(channel, message);
  }
  pushTotals(version = ++this.version) {
    this.push({ ...this.message("totals", { compact: compactParam("totals") }), version }, "totals");
  }

  #heat(): PatternCell[] {
    return [cell(1, 9, 40), cell(2, 14, this.engagements)];
  }

  /** A whole message, compact where the parameters ask for it. */
  message<C extends Channel>(channel: C, params: LiveParams): LiveMessage<C> {
    const as_of = new Date(Date.now() + this.ahead - this.behind).toISOString();
    const data: { [K in Channel]: () => ChannelData[K] } = {
      heatmap: () => (params.compact ? { cells: heatCellsOf(this.#heat()) } : this.#heat()) as PatternCell[],
      leaderboard: () => [row(1, "Tech", this.engagements), row(2, "Food", 7)],
      post: () => {
        throw new Error("the dashboard subscribes to no post");
      },
      overview: () => overviewOf(this.engagements),
      totals: () => (params.compact ? compactTotalsOf(this.#stats(as_of)) : this.#stats(as_of)) as LiveStats,
    };
    return { version: this.version, as_of, params, data: data[channel]() };
  }

  #stats(as_of: string): LiveStats {
    return {
      version: this.version,
      as_of,
      freshness_ms: this.behind,
      events_per_second: 16.2,
      consumer_lag: this.lag,
      sample_history_pct: this.sampleHistory,
      totals: {
        authors: 3,
        posts: 20,
        users: 9,
        engagements: this.engagements,
        views: this.engagements,
        likes: 0,
        comments: 0,
        shares: 0,
        rejected: this.rejected,
        duplicates: 40,
      },
      conditions: this.conditions,
    };
  }
}

/** An hour of 7 more than so many engagements, 1,000 of them last week; the 15th hour is the present one. */
const overviewOf = (engagements: number): Overview => {
  const hour = (count: number, share: number) => ({
    from: "2026-11-17T13:42:00.000Z",
    to: "2026-11-17T14:42:00.000Z",
    engagements: count,
    views: count,
    likes: 0,
    comments: 0,
    shares: 0,
    posts_engaged: 2,
    engagements_per_engaged_post: count / 2,
    top_category: "Tech",
    top_category_share: share,
  });
  return {
    last_hour: hour(engagements + 7, 99.4),
    last_hour_a_week_ago: hour(1_000, 90),
    minutes: Array.from({ length: 60 }, (_, i) => ({
      minute: new Date(Date.UTC(2026, 10, 17, 13, 42 + i)).toISOString(),
      engagements: 20 + (i % 7),
    })),
    today: Array.from({ length: 24 }, (_, i) => ({ hour: i, engagements: i, a_week_ago: 10 })),
  };
};
const ok = (body: unknown) => ({ status: 200, body });
const CATEGORIES: TopCategory[] = [
  {
    category: "Tech",
    total_engagements: 1_200,
    total_posts: 12,
    avg_engagement_per_post: 100,
    top_author: "Ines Varga",
    rank: 1,
  },
  {
    category: "Food",
    total_engagements: 34,
    total_posts: 8,
    avg_engagement_per_post: 4.25,
    top_author: "Teo Marchi",
    rank: 2,
  },
];
const author = (author_id: number, name: string, over: Partial<AuthorListRow> = {}): AuthorListRow => ({
  author_id,
  external_id: null,
  name,
  category: "Tech",
  url: null,
  total_posts: 12,
  total_engagements: 1_200,
  avg_engagement_per_post: 100,
  category_median: 6_790,
  performance_segment: "Average",
  opportunity_score: 0,
  last_30_days: Array(31).fill(1),
  ...over,
});
const AUTHORS = [
  author(3, "Ines Varga"),
  author(4, "Jonas Feldt"),
  author(7, "Brenda Quill", {
    total_posts: 27,
    avg_engagement_per_post: 2_840,
    opportunity_score: 106_650,
    performance_segment: "High Volume, Low Engagement",
  }),
];
const POST: PostListRow = {
  post_id: 41,
  external_id: null,
  title: "The quiet return of the repairable laptop",
  author_id: 3,
  author: "Ines Varga",
  category: "Tech",
  publish_timestamp: "2026-11-16T09:08:00.000Z",
  url: null,
  views: 900,
  likes: 60,
  comments: 30,
  shares: 10,
  total_engagements: 1_000,
  engagement_rate: 11.11,
  last_1h: 10,
  last_24h: 100,
  last_24h_by_hour: Array(24).fill(4),
  rising: null,
  withdrawn: false,
};
const cell = (day: number, hour: number, views: number): PatternCell => ({
  day_of_week: day,
  hour_of_day: hour,
  day_name: "",
  total_engagements: views,
  views,
  likes: 0,
  comments: 0,
  shares: 0,
  pct_of_total: 50,
});
const row = (rank: number, label: string, views: number): TrendingRow => ({
  rank,
  previous_rank: rank,
  id: label,
  label,
  category: label,
  engagements: views,
  views,
  likes: 0,
  comments: 0,
  shares: 0,
});
