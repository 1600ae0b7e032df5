/** By author's number: the posts published since a time, withdrawn ones too, and all their engagements. */
export class RecentPosts {
  /** ms since the epoch. */
  from = Number.POSITIVE_INFINITY;
  private readonly posts: number[] = [];
  private readonly engagements: number[] = [];

  /** Undefined for an author without such a post. */
  of(author: number): { posts: number; engagements: number } | undefined {
    const posts = this.posts[author] ?? 0;
    return posts === 0 ? undefined : { posts, engagements: this.engagements[author]! };
  }

  /** Adds so many posts (-1: takes one away) that were published then, and so many engagements of them. */
  add(author: number, published: number, posts: number, engagements: number): void {
    if (published < this.from) return;
    while (this.posts.length <= author) {
      this.posts.push(0);
      this.engagements.push(0);
    }
    this.posts[author]! += posts;
    this.engagements[author]! += engagements;
  }

  /** Takes all away. */
  restart(from: number): void {
    this.from = from;
    this.posts.fill(0);
    this.engagements.fill(0);
  }
}
