import type { ClientBase } from "pg";

/** The last version; the next one shows what is written here. */
const LAST_VERSION = "(select version from stats)";

/**
 * Ids as an array: posts and authors are found by their keys, whatever the statistics say. A post whose mapping moves is
 * written too: who follows changes hears of it.
 */
const SHOW_POSTS = `
  insert into shown_posts (post_id, title, external_id, url, withdrawn, changed_after)
  select post_id, title, external_id, url, withdrawn_at is not null, ${LAST_VERSION}
  from posts
  where post_id = any (array(select post_id from fold_changes union select post_id from fold_sides where sign = 1))
  order by post_id
  on conflict (post_id) do update
  set title = excluded.title, external_id = excluded.external_id, url = excluded.url, withdrawn = excluded.withdrawn,
      changed_after = excluded.changed_after
  where (shown_posts.title, shown_posts.external_id, shown_posts.url, shown_posts.withdrawn)
        is distinct from (excluded.title, excluded.external_id, excluded.url, excluded.withdrawn)
     or shown_posts.post_id = any (array(select post_id from fold_sides where sign = 1))`;

const SHOW_AUTHORS = `
  insert into shown_authors (author_id, name, author_category, external_id, url, changed_after)
  select author_id, name, author_category, external_id, url, ${LAST_VERSION}
  from authors
  where author_id = any (array(select author_id from fold_author_changes union select author_id from fold_sides where sign = 1))
  order by author_id
  on conflict (author_id) do update
  set name = excluded.name, author_category = excluded.author_category, external_id = excluded.external_id, url = excluded.url,
      changed_after = excluded.changed_after
  where (shown_authors.name, shown_authors.author_category, shown_authors.external_id, shown_authors.url)
        is distinct from (excluded.name, excluded.author_category, excluded.external_id, excluded.url)`;

/**
 * Copies what answers show of the changed posts and authors. A post that is counted before its turn in the queue, or
 * moves to an author who is newer than the changes taken, is shown with that author too.
 */
export async function showCatalogue(client: ClientBase): Promise<void> {
  await client.query(SHOW_POSTS);
  await client.query(SHOW_AUTHORS);
}
