-- What the overview reads by author is kept in arrays: a fold then appends some rows a minute or quarter hour, where it
-- updated one for every author and category.

-- An older ingest may be at work: its fold (the lock is the fold's) ends first. It stores events and folds nothing after this.
select pg_advisory_xact_lock(7265302);

-- What is there is packed into tables of other names, which take its place at the end: until then an API reads on.

-- Engagements by minute, author and category, as of category_minutes. A row holds what a fold has added for authors with the
-- same last eight bits, the bucket; rows of a minute and bucket add up, and so do repeated pairs of author and category. Folds
-- merge them into one row once a minute. Arrays stay in the row as they are while a page holds it: a reader takes single
-- elements, for each of which it would unpack a compressed array once more.
create table packed_author_minutes (
  minute integer not null, bucket integer not null,
  author_ids integer[] not null, categories text[] not null,
  views bigint[] not null, likes bigint[] not null, comments bigint[] not null, shares bigint[] not null
) with (toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0, toast.autovacuum_vacuum_cost_delay = 0);
create index author_minutes_by_minute on packed_author_minutes (minute, bucket);

insert into packed_author_minutes
select minute, author_id & 255, array_agg(author_id), array_agg(category),
       array_agg(views), array_agg(likes), array_agg(comments), array_agg(shares)
from author_minutes
group by 1, 2
order by 1, 2;

-- Posts engaged in the four quarter hours that end with `quarter`, by category, and by author and category in the same
-- arrays. Kept from stats.minutes_from / 15 - 864 on, which is 9 days before post_minutes, and for quarters that are kept.
create table category_engaged_posts (
  quarter integer not null, category text not null,
  posts   bigint not null,
  primary key (quarter, category)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0);
create table author_engaged_posts (
  quarter integer not null, bucket integer not null,
  author_ids integer[] not null, categories text[] not null, posts bigint[] not null
) with (toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0, toast.autovacuum_vacuum_cost_delay = 0);
create index author_engaged_posts_by_quarter on author_engaged_posts (quarter, bucket);

insert into category_engaged_posts
select quarter, category, sum(posts) from engaged_posts group by 1, 2 order by 1, 2;
insert into author_engaged_posts
select quarter, author_id & 255, array_agg(author_id), array_agg(category), array_agg(posts::bigint)
from engaged_posts
group by 1, 2
order by 1, 2;
analyze packed_author_minutes, category_engaged_posts, author_engaged_posts;

-- In the order in which an API locks them.
drop table author_minutes;
drop table engaged_posts;
alter table packed_author_minutes rename to author_minutes;
