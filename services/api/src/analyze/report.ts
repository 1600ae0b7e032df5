import type { Analysis, PatternByPost } from "./gather.ts";
import { heatmap } from "./heatmap.ts";
import type { Style } from "./style.ts";
import { table } from "./table.ts";
import { bar, count, decimal } from "./text.ts";

const BAR = 20;
const right = "right" as const;

/** The report as text. */
export function formatReport(analysis: Analysis, limit: number, style: Style): string {
  const section = (title: string, about: string, body: string) =>
    `\n${style.bold(title)}  ${style.dim(about)}\n\n${body || "  none\n"}`;
  return [
    header(analysis, style),
    section("When people engage", `the last 365 days, ${analysis.tz}`, when(analysis.patterns, limit, style)),
    section(
      "Top authors",
      "posts of the last 90 days, their engagements all-time",
      topAuthors(analysis, style),
    ),
    section(
      "Coaching opportunities",
      "what their posts would have gained at their category's median",
      opportunities(analysis, style),
    ),
    section(
      "Volume and engagement",
      "authors with posts of the last 90 days",
      volume(analysis, 4 * limit, style),
    ),
    section("Categories", "all posts, all-time", categories(analysis, style)),
  ].join("");
}

function header({ totals }: Analysis, { bold, dim }: Style): string {
  const facts = (...parts: [number, string][]) =>
    `  ${parts.map(([value, name]) => `${bold(count(value))} ${name}`).join("   ")}\n`;
  const { engagements, views, likes, comments, shares, authors, posts, users, rejected, duplicates } = totals;
  return [
    `${bold("Pulseboard")}  ${dim(`everything up to ${totals.as_of.toISOString()} is counted, version ${totals.version}`)}\n\n`,
    facts(
      [engagements, "engagements"],
      [views, "views"],
      [likes, "likes"],
      [comments, "comments"],
      [shares, "shares"],
    ),
    facts(
      [posts, "posts"],
      [authors, "authors"],
      [users, "users"],
      [rejected, "rejected"],
      [duplicates, "duplicates"],
    ),
  ].join("");
}

function when(cells: readonly PatternByPost[], limit: number, style: Style): string {
  if (cells.length === 0) return "";
  const best = cells.toSorted((a, b) => b.total_engagements - a.total_engagements).slice(0, limit);
  const most = best[0]!.total_engagements;
  const hour = (value: number) => `${String(value).padStart(2, "0")}:00`;
  const hours = table(
    best,
    [
      { title: "busiest", of: (cell) => `${cell.day_name.padEnd(9)} ${hour(cell.hour_of_day)}` },
      { title: "engagements", of: (cell) => count(cell.total_engagements), align: right },
      { title: "of all", of: (cell) => `${decimal(cell.pct_of_total)}%`, align: right },
      { title: "active posts", of: (cell) => count(cell.active_posts), align: right },
      { title: "each", of: (cell) => decimal(cell.avg_engagement_per_active_post), align: right },
      { title: "", of: (cell) => bar(cell.total_engagements, most, BAR) },
    ],
    style,
  );
  return `${heatmap(cells, style)}\n${hours}`;
}

function topAuthors({ top_authors: rows }: Analysis, style: Style): string {
  if (rows.length === 0) return "";
  return table(
    rows,
    [
      { title: "", of: (_, index) => String(index + 1), align: right },
      { title: "author", of: ({ name }) => name, flexible: true },
      { title: "category", of: ({ category }) => category, flexible: true },
      { title: "posts", of: ({ total_posts }) => count(total_posts), align: right },
      { title: "engagements", of: ({ total_engagements }) => count(total_engagements), align: right },
      { title: "a post", of: (row) => decimal(row.avg_engagement_per_post), align: right },
      { title: "segment", of: ({ performance_segment }) => performance_segment },
    ],
    style,
  );
}

function opportunities({ opportunity_authors: rows }: Analysis, style: Style): string {
  if (rows.length === 0) return "";
  const most = rows[0]!.opportunity_score;
  return table(
    rows,
    [
      { title: "", of: (_, index) => String(index + 1), align: right },
      { title: "author", of: ({ author_name }) => author_name, flexible: true },
      { title: "category", of: ({ category }) => category, flexible: true },
      { title: "posts", of: ({ total_posts }) => count(total_posts), align: right },
      { title: "a post", of: (row) => decimal(row.avg_engagement_per_post), align: right },
      { title: "median", of: ({ category_median }) => decimal(category_median), align: right },
      { title: "to gain", of: ({ opportunity_score }) => count(opportunity_score), align: right },
      { title: "", of: ({ opportunity_score }) => bar(opportunity_score, most, BAR) },
    ],
    style,
  );
}

function volume({ volume_vs_engagement: rows }: Analysis, most: number, style: Style): string {
  if (rows.length === 0) return "";
  const more = rows.length > most ? style.dim(`  and ${rows.length - most} more rows, see --json\n`) : "";
  const shown = table(
    rows.slice(0, most),
    [
      {
        title: "category",
        of: ({ category }, index) => (rows[index - 1]?.category === category ? "" : category),
        flexible: true,
      },
      { title: "segment", of: ({ performance_segment }) => performance_segment },
      { title: "authors", of: ({ authors }) => count(authors), align: right },
      { title: "posts", of: ({ total_posts }) => count(total_posts), align: right },
      { title: "an author", of: (row) => decimal(row.avg_posts_per_author), align: right },
      { title: "engagements", of: ({ total_engagements }) => count(total_engagements), align: right },
      { title: "a post", of: (row) => decimal(row.avg_engagement_per_post), align: right },
    ],
    style,
  );
  return shown + more;
}

function categories({ top_categories: rows }: Analysis, style: Style): string {
  if (rows.length === 0) return "";
  const most = rows[0]!.total_engagements;
  return table(
    rows,
    [
      { title: "", of: ({ rank }) => String(rank), align: right },
      { title: "category", of: ({ category }) => category, flexible: true },
      { title: "engagements", of: ({ total_engagements }) => count(total_engagements), align: right },
      { title: "posts", of: ({ total_posts }) => count(total_posts), align: right },
      { title: "a post", of: (row) => decimal(row.avg_engagement_per_post), align: right },
      { title: "leading author", of: ({ top_author }) => top_author ?? "", flexible: true },
      { title: "", of: ({ total_engagements }) => bar(total_engagements, most, BAR) },
    ],
    style,
  );
}
