import type { Component } from "svelte";
import type { View } from "./address.svelte.ts";

export interface Route {
  /** Its name in the top bar; a view without one is reached by links. */
  nav?: string;
  /** The view that the top bar marks as current, when it is not this one. */
  under?: View;
  /** Nothing on it can honour category, author and zone. */
  unfiltered?: boolean;
  /** Fetched when the view is first opened. A view is one component without props; it asks `useApp()`. */
  load: () => Promise<{ default: Component }>;
}

/** A view is a line here, its name in VIEWS, and a folder under features/. */
const ROUTES: Record<View, Route> = {
  dashboard: { nav: "Dashboard", load: () => import("../features/dashboard/Dashboard.svelte") },
  posts: { nav: "Posts", load: () => import("../features/posts/Posts.svelte") },
  post: { under: "posts", load: () => import("../features/post/Post.svelte") },
  authors: { nav: "Authors", load: () => import("../features/authors/Authors.svelte") },
  author: { under: "authors", load: () => import("../features/author/Author.svelte") },
  about: { nav: "About", unfiltered: true, load: () => import("../features/about/About.svelte") },
};
export const routeOf = (view: View): Route => ROUTES[view];

/** What the top bar offers. */
export const places: readonly { view: View; name: string }[] = (Object.keys(ROUTES) as View[]).flatMap(
  (view) => {
    const name = ROUTES[view].nav;
    return name ? [{ view, name }] : [];
  },
);
