import { expect, test } from "vitest";
import { isOpen, reachableUrl } from "../src/address.ts";

test.each([
  ["http://0.0.0.0:8000", "http://127.0.0.1:8000"],
  ["http://[::]:8000", "http://[::1]:8000"],
  ["http://127.0.0.1:8000", "http://127.0.0.1:8000"],
  ["http://pulse.example.org:80", "http://pulse.example.org"],
])("%s is reached at %s", (url, reached) => {
  expect(reachableUrl(url)).toBe(reached);
});

test("only the loopback addresses are closed to others", () => {
  expect(["127.0.0.1", "127.1.2.3", "::1", "localhost"].filter(isOpen)).toEqual([]);
  expect(["0.0.0.0", "::", "192.168.1.2", "pulse.example.org"].filter((host) => !isOpen(host))).toEqual([]);
});
