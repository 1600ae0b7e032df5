import { beforeAll, describe } from "vitest";
import { isThere, warnWithoutChromium } from "./chromium.ts";
import { testAbout } from "./pages/about.ts";
import { testAccess } from "./pages/access.ts";
import { testAuthors } from "./pages/authors.ts";
import { testFiles } from "./pages/files.ts";
import { testPost } from "./pages/post.ts";
import { testPosts } from "./pages/posts.ts";
import { Site } from "./pages/site.ts";
import { testTrust } from "./pages/trust.ts";

warnWithoutChromium("the pages behind the dashboard");

/** Every page in a browser, against one whole system. */
describe.skipIf(!isThere)("the pages behind the dashboard", () => {
  const site = new Site();
  beforeAll(() => site.start());

  describe("the list of posts", () => testPosts(site));
  describe("a post", () => testPost(site));
  describe("authors", () => testAuthors(site));
  describe("About", () => testAbout(site));
  describe("what a reader can trust", () => testTrust(site));
  describe("files", () => testFiles(site));
  describe("access", () => testAccess(site));
});
