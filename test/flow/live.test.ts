import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { isThere, TestBrowser } from "../browser/chromium.ts";
import { startTestBroker } from "../support/broker.ts";
import { createTestDatabase } from "../support/database.ts";
import { Pipeline } from "../support/pipeline.ts";
import { spawnService } from "../support/process.ts";
import { until } from "../support/until.ts";

const missing = [
  ...(isThere ? [] : ["Chromium"]),
  ...(spawnSync("kcat", ["-V"]).status === 0 ? [] : ["kcat"]),
];
if (missing.length) console.warn(`left out: the dashboard's live flow, for want of ${missing.join(" and ")}`);

describe.skipIf(missing.length > 0)("from a line of text to the screen", () => {
  it("an event typed into kcat moves the dashboard, a broken one is kept, and the next one still counts", async () => {
    const broker = await startTestBroker();
    const pipeline = await Pipeline.open((await createTestDatabase()).url, broker.address);
    await pipeline.startIngest();
    const api = await spawnService(
      "services/api/src/main.ts",
      { DATABASE_URL: pipeline.databaseUrl, KAFKA_BROKERS: broker.address, PORT: "0" },
      { readyWhen: "message" },
    );
    const kcat = (line: string) =>
      execFileSync("kcat", ["-P", "-b", broker.address, "-t", "engagements"], { input: `${line}\n` });

    const page = await (await TestBrowser.launch()).page({ moving: true });
    const errors: string[] = [];
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    await page.goto(`${api.ready.url}/dashboard`);
    const total = () => page.getByTestId("totals-engagements").getAttribute("data-value");
    const row = () =>
      page
        .locator("[data-testid=leaderboard] li[data-id='1']")
        .getAttribute("data-count", { timeout: 1_000 });
    await until(total, { is: (value) => value === "0" });

    kcat('{"type":"like","post_id":1}');
    await until(total, { is: (value) => value === "1" });
    await until(row, { is: (value) => value === "1" });

    kcat("a broken line of text");
    kcat('{"type":"like","post_id":1}');
    await until(total, { is: (value) => value === "2" });
    await until(row, { is: (value) => value === "2" });
    await until(() => page.getByTestId("accounting").getAttribute("data-rejected"), {
      is: (value) => value === "1",
    });
    const kept = await pipeline.query(
      "select reason, convert_from(payload, 'UTF8') as payload from rejected_events",
    );
    expect(kept).toEqual([{ reason: "not_json", payload: "a broken line of text" }]);
    const cells = page.locator("[data-testid=heatmap] [data-hour]");
    await until(
      () =>
        cells.evaluateAll((all) =>
          all.reduce((sum, cell) => sum + Number(cell.getAttribute("data-count")), 0),
        ),
      {
        what: "both to be in the heatmap",
        is: (sum) => sum === 2,
      },
    );
    expect(errors).toEqual([]);
  });
});
