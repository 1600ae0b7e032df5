/** Before anything reads the clock: 13 hours ahead of UTC in January, so that local months end in UTC's last days. */
process.env.TZ = "Pacific/Auckland";

import { afterAll, expect, it } from "vitest";
import { monthsBefore } from "../src/life/horizons.ts";
import { firstDay, monthOf, monthTable } from "../src/write/months.ts";

afterAll(() => {
  delete process.env.TZ;
});

it("months are those of UTC wherever ingest runs", () => {
  expect(new Date(Date.UTC(2026, 0, 31, 23)).getMonth()).toBe(1); // the zone is in force
  const january = monthOf(Date.UTC(2026, 0, 31, 23, 59, 59, 999));
  expect(monthTable(january)).toBe("engagements_2026_01");
  expect(monthOf(Date.UTC(2026, 1, 1))).toBe(january + 1);
  expect(monthOf(Date.UTC(2026, 0, 1))).toBe(january);
  expect(monthOf(Date.UTC(2025, 11, 31, 23, 59))).toBe(january - 1);
  expect(firstDay(january)).toBe(Date.UTC(2026, 0, 1));
  expect(monthsBefore(Date.UTC(2026, 0, 31, 23), 1)).toBe(Date.UTC(2025, 11, 1));
});
