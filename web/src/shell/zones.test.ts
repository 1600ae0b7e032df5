import { describe, expect, it } from "vitest";
import { zoneGroups } from "./zones.ts";

describe("the zones on offer", () => {
  it("are the reader's zone and UTC first, any chosen one, then the world", () => {
    const groups = zoneGroups("Europe/Vienna", "Asia/Kolkata", ["Asia/Tokyo", "Europe/Vienna", "Etc/GMT+1"]);
    expect(groups).toEqual([
      { label: "Near at hand", zones: ["Europe/Vienna", "UTC", "Asia/Kolkata"] },
      { label: "Asia", zones: ["Asia/Tokyo"] },
    ]);
  });
});
