import { relative } from "node:path";
import { createPool } from "../../packages/runtime/src/postgres.ts";
import { residentBytes } from "../../packages/runtime/src/processes/memory.ts";
import { makeHistory } from "../fold/history.ts";
import { startBroker } from "../support/brokers.ts";
import { type Database, startDatabase } from "../support/database.ts";
import { Environment, startFlags } from "../support/environment.ts";
import { Progress } from "../support/progress.ts";
import { describeMachine, median, writeJson } from "../support/report.ts";
import { startFolding } from "./folds.ts";
import { type EndpointCost, measureEndpoint, warmUp } from "./measure.ts";
import type { ApiOptions, Size } from "./options.ts";
import { type ApiResult, apiReport, type SizeResult, sizeTable } from "./report.ts";

/** @returns true: a wrong answer is an error */
export async function runApiBench(options: ApiOptions): Promise<boolean> {
  const environment = new Environment();
  try {
    const database = await startDatabase(environment);
    const { address } = await startBroker(environment, "embedded");
    const machine = await describeMachine(database);
    const result: ApiResult = { machine, seconds: options.seconds, versions: options.versions, sizes: [] };
    for (const size of options.sizes) {
      const measured = await measureSize(size, { environment, database, brokers: address }, options);
      result.sizes.push(measured);
      // At once: the next one may take half an hour, and fail.
      process.stdout.write(`${sizeTable(measured)}\n\n`);
    }
    process.stdout.write(apiReport(result));
    const file = await writeJson("api", result, machine.date);
    process.stdout.write(`\n${relative(process.cwd(), file)}\n`);
    return true;
  } finally {
    await environment.end();
  }
}

async function measureSize(
  size: Size,
  parts: { environment: Environment; database: Database; brokers: string },
  options: ApiOptions,
): Promise<SizeResult> {
  const { environment, database, brokers } = parts;
  const name = await database.create(size);
  const databaseUrl = database.server.url(name);
  await makeHistory(databaseUrl, size.history, size.posts);
  await database.checkpoint();
  const api = await environment.program(
    "services/api/src/main.ts",
    { DATABASE_URL: databaseUrl, KAFKA_BROKERS: brokers, PORT: "0", LOG_LEVEL: "warn" },
    startFlags("services/api"),
  );
  const pool = createPool({ databaseUrl, applicationName: "bench", max: 1 });
  const folding = await startFolding(environment, databaseUrl);
  const progress = new Progress(`asking, over ${size.history} engagements`, options.endpoints.length);
  try {
    await folding.fold(); // the windows catch up
    await warmUp(String(api.ready.url), size, options.endpoints);
    const endpoints: EndpointCost[] = [];
    for (const endpoint of options.endpoints) {
      endpoints.push(
        await measureEndpoint(
          endpoint,
          { url: String(api.ready.url), pool, folding },
          { ...options, catalogue: size },
        ),
      );
      progress.at(endpoints.length);
    }
    return {
      ...size,
      endpoints,
      apiMegabytes: residentBytes(api.pid) / 2 ** 20,
      foldMilliseconds: median(folding.durations),
    };
  } finally {
    progress.end();
    await api.stop();
    await folding.end();
    await pool.end();
    await database.drop(name);
  }
}
