-- A branch of a union that filters rows is planned apart, so that a join with it reads the whole of post_stats for each
-- row it looks up. With the filter outside, either table is read by its index.
create or replace view post_quarters as
select post_id, quarter, views, likes, comments, shares
from (select post_id, quarter, views, likes, comments, shares from closed_quarters
      union all
      select post_id, open_quarter, open_views, open_likes, open_comments, open_shares from post_stats) either
where quarter is not null;
