/** One wrong row each, by hand, and the check that must name it. */
export const ALTERATIONS: { check: string; sql: string; says: RegExp }[] = [
  {
    check: "post_stats, all time",
    sql: "update post_stats set likes = likes + 1 where post_id = 2",
    says: /^post_id 2: likes expected 0, found 1$/,
  },
  {
    check: "post_stats, all time",
    sql: "delete from post_stats where post_id = 2",
    says: /^post_id 2: views expected \d+, found 0$/,
  },
  ...["5m", "1h", "24h"].map((window) => ({
    check: "post_stats, windows",
    sql: `update post_stats set views_${window} = views_${window} - 1 where post_id = 1`,
    says: new RegExp(`^post_id 1: views_${window} expected \\d+, found \\d+$`),
  })),
  {
    check: "post_stats, mapping",
    sql: "update post_stats set category = 'wrong' where post_id = 2",
    says: /^post_id 2: category expected news, found wrong$/,
  },
  {
    check: "post_stats, mapping",
    sql: "insert into post_stats (post_id, author_id, category, publish_timestamp) values (77, 1, 'news', now())",
    says: /^post_id 77: /,
  },
  {
    check: "post_stats, mapping",
    sql: "update post_stats set withdrawn = true where post_id = 2",
    says: /^post_id 2: withdrawn expected false, found true$/,
  },
  {
    check: "post_minutes",
    sql: "delete from minute_batches where 1 = any(post_ids)",
    says: /^minute \d+, post_id 1: views expected 3, found 0$/,
  },
  {
    check: "post_quarters",
    sql: "update post_stats set open_shares = 9 where post_id = 1",
    says: /^post_id 1, quarter \d+: shares expected 0, found 9$/,
  },
  {
    check: "platform_quarters",
    sql: "update platform_quarters set views = views + 1",
    says: /^quarter \d+: views/,
  },
  {
    check: "category_quarters",
    sql: "delete from category_quarters where category = 'news'",
    says: /^category news, quarter \d+: views/,
  },
  {
    check: "author_quarters",
    sql: "update closed_author_quarters set author_id = 99 where author_id = 2",
    says: /^author_id 2, category news, quarter \d+: views expected 2, found 0$/,
  },
  {
    check: "author_quarters",
    sql: "update author_categories set open_views = open_views - 1 where author_id = 1",
    says: /^author_id 1, category news, quarter \d+: views expected 5, found 4$/,
  },
  {
    check: "post_days",
    sql: "delete from closed_post_days where post_id = 3",
    says: /^post_id 3, day \d+: views expected 2, found 0$/,
  },
  {
    check: "post_days",
    sql: "update post_stats set open_quarter = open_quarter - 96 where post_id = 1",
    says: /^post_id 1, day \d+: views expected 0, found 3$/,
  },
  {
    check: "author_days",
    sql: "update closed_author_days set likes = likes + 1",
    says: /^author_id 2, day \d+: likes expected 0, found 1$/,
  },
  {
    check: "author_days",
    sql: "update author_categories set open_comments = 1 where author_id = 1",
    says: /^author_id 1, day \d+: comments expected 0, found 1$/,
  },
  ...["posts", "engagements", "engaged_posts_1h"].map((column) => ({
    check: "author_categories",
    sql: `update author_categories set ${column} = ${column} + 1 where author_id = 1`,
    says: new RegExp(`^author_id 1, category news: ${column} expected \\d+, found \\d+$`),
  })),
  {
    check: "author_categories",
    sql: "insert into author_categories (author_id, category) values (77, 'news')",
    says: /^author_id 77, category news: posts expected null, found 0; engagements expected null, found 0; engaged_posts_1h expected null, found 0$/,
  },
  {
    check: "shown_posts",
    sql: "update shown_posts set title = 'another'",
    says: /^post_id \d+: title expected null, found another$/,
  },
  {
    check: "shown_posts",
    sql: "delete from shown_posts",
    says: /^post_id \d+: .*rows expected 1, found null$/,
  },
  {
    check: "shown_posts",
    sql: "update shown_posts set withdrawn = true where post_id = 1",
    says: /^post_id 1: withdrawn expected false, found true$/,
  },
  ...["external_id", "url"].map((column) => ({
    check: "shown_posts",
    sql: `update shown_posts set ${column} = 'another' where post_id = 1`,
    says: new RegExp(`^post_id 1: ${column} expected null, found another$`),
  })),
  ...["name", "author_category", "external_id", "url"].map((column) => ({
    check: "shown_authors",
    sql: `update shown_authors set ${column} = 'another' where author_id = 1`,
    says: new RegExp(`^author_id 1: ${column} expected .+, found another$`),
  })),
  {
    check: "category_stats, top author",
    sql: "update category_stats set top_author_id = 1",
    says: /^category news: top_author_id expected 2, found 1$/,
  },
  {
    check: "category_stats, top author",
    sql: "update category_stats set top_author_engagements = top_author_engagements - 1",
    says: /^category news: top_author_engagements expected 6, found 5$/,
  },
  ...[
    "posts",
    "engagements",
    "posts_7d",
    "engagements_7d",
    "posts_30d",
    "engagements_30d",
    "posts_90d",
    "engagements_90d",
    "views_5m",
    "likes_1h",
    "shares_24h",
  ].map((column) => ({
    check: "author_stats",
    sql: `update author_stats set ${column} = ${column} + 1 where author_id = 1`,
    says: new RegExp(`^author_id 1: ${column} expected \\d+, found \\d+$`),
  })),
  ...["posts", "engagements", "engaged_posts_1h", "views_5m", "comments_24h"].map((column) => ({
    check: "category_stats",
    sql: `update category_stats set ${column} = ${column} + 1 where category = 'news'`,
    says: new RegExp(`^category news: ${column} expected \\d+, found \\d+$`),
  })),
  {
    check: "category_minutes",
    sql: "update category_minutes set views = views + 1",
    says: /^minute \d+, category news: views expected \d+, found \d+$/,
  },
  {
    check: "author_minutes",
    sql: "delete from author_minutes where 1 = any (author_ids)",
    says: /^minute \d+, author_id 1, category news: views expected \d+, found 0$/,
  },
  {
    check: "author_minutes",
    sql: "update author_minutes set bucket = bucket + 1",
    says: /^minute \d+, author_id 1, category news: views expected \d+, found 0$/,
  },
  {
    check: "category_engaged_posts",
    sql: "update category_engaged_posts set posts = posts + 1",
    says: /^quarter \d+, category news: posts expected \d+, found \d+$/,
  },
  {
    check: "author_engaged_posts",
    sql: "update author_engaged_posts set author_ids = author_ids || 1, categories = categories || 'news'::text, posts = posts || 1::bigint",
    says: /^quarter \d+, author_id 1, category news: posts expected \d+, found \d+$/,
  },
  {
    check: "stats",
    sql: "update stats set comments = comments + 1",
    says: /^singleton true: comments expected \d+, found \d+$/,
  },
  {
    check: "stats, rejected and duplicates",
    sql: "update stats set rejected = 3",
    says: /^rejected 3, rejected_in_logs 1/,
  },
  {
    check: "catalogue_counts",
    sql: "update catalogue_counts set rows = rows - 1 where kind = 'authors'",
    says: /^kind authors: rows expected 2, found 1$/,
  },
  {
    check: "top_candidates",
    sql: "delete from top_candidates where window_name = '1h' and post_id = 1",
    says: /^window_name 1h, rank 1: post_id expected 1, found 2$/,
  },
  {
    check: "top_candidates",
    sql: "delete from top_candidates where window_name = 'all' and post_id = 3",
    says: /^window_name all, rank 1: post_id expected 3, found 1$/,
  },
  {
    check: "top_floors",
    sql: "delete from top_candidates where window_name = 'all' and post_id = 2",
    says: /^window_name all, post_id 2, engagements 2, /,
  },
  {
    check: "top_floors",
    sql: "delete from top_candidates where window_name = '24h' and post_id = 2",
    says: /^window_name 24h, post_id 2, engagements/,
  },
  {
    check: "top_floors",
    sql: "delete from top_candidates where window_name = '5m'; delete from top_floors where window_name = '5m'",
    says: /^window_name 5m, post_id 1/,
  },
  {
    check: "accounting, offsets passed",
    sql: "update ingest_offsets set next_offset = next_offset + 1 where partition = 0",
    says: /^topic engagements, partition 0, log_number 1: passed expected \d+, found \d+$/,
  },
  {
    check: "accounting, offsets passed",
    sql: "insert into ingest_closed_logs (topic, partition, log_number, next_offset, first_offset, stored, rejected, duplicates, skipped, gaps) values ('engagements', 5, 1, 5, 0, 0, 0, 4, 0, 0)",
    says: /^topic engagements, partition 5, log_number 1: passed expected 5, found 4$/,
  },
  {
    check: "accounting, stored",
    sql: "update ingest_offsets set stored = stored - 1, skipped = skipped + 1 where partition = 0",
    says: /^counted engagements: stored expected \d+, found \d+$/,
  },
  {
    check: "accounting, stored",
    sql: "delete from engagements where event_id = (select min(event_id::text)::uuid from engagements)",
    says: /^counted engagements: stored/,
  },
  {
    check: "accounting, rejected",
    sql: "delete from rejected_events",
    says: /^topic engagements, partition 0, log_number 1: rejected expected 0, found 1$/,
  },
  {
    check: "accounting, gaps",
    sql: "insert into ingest_gaps (topic, partition, log_number, from_offset, to_offset) values ('engagements', 0, 1, 3, 5)",
    says: /^topic engagements, partition 0, log_number 1: gaps expected 2, found 0$/,
  },
  {
    check: "quarters, pruned",
    sql: "update storage_rules set quarters_from = 1952000, quarters_pruned_to = 1952000",
    says: /^table [a-z]+_quarters, quarter \d+, rows \d+$/,
  },
  ...[
    "closed_quarters values (1, 96, ",
    "platform_quarters values (96, ",
    "category_quarters values ('news', 96, ",
    "closed_author_quarters values (1, 'news', 96, ",
    "closed_post_days values (1, 1, ",
    "closed_author_days values (1, 1, ",
  ].map((row) => ({
    check: "quarters, pruned",
    sql: `update storage_rules set quarters_from = 960, quarters_pruned_to = 960; insert into ${row} 1, 0, 0, 0)`,
    says: new RegExp(`^table ${row.split(" ")[0]}, quarter 96, rows 1$`),
  })),
  {
    check: "archived_engagements",
    sql: "update archived_engagements set views = views + 1",
    says: /^counted engagements: engagements expected 2, found 3$/,
  },
  {
    check: "post_stats, all time",
    sql: "update archived_engagements set post_id = 2",
    says: /^post_id 2: views expected \d+, found \d+$/,
  },
  {
    check: "accounting, stored",
    sql: "update archived_months set engagements = engagements - 1",
    says: /^counted engagements: stored expected \d+, found \d+$/,
  },
  {
    check: "archived_months",
    sql: "update archived_months set month = '2026-03-01'",
    says: /^month 2026-03-01, rows \d+$/,
  },
  {
    check: "archived_months",
    sql: "update storage_rules set events_from = 'epoch'",
    says: /^month 2025-03-01, rows 0$/,
  },
  {
    check: "erasures",
    sql: "insert into erasures (user_id, finished_at) values (7, now()); update engagements set user_id = 7",
    says: /^user_id 7, rows \d+$/,
  },
  {
    check: "engagements, identity",
    sql: "drop index engagements_2026_03_event_id_idx; insert into engagements select * from engagements where engaged_timestamp >= '2026-03-01' limit 1",
    says: /^month engagements_2026_03, event_id [0-9a-f-]+, rows 2$/,
  },
  {
    check: "set aside, counts",
    sql: "insert into set_aside_counts values (1, 1, 1, 0, 0, 0)",
    says: /^post_id 1, minute 1$/,
  },
];
