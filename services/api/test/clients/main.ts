import assert from "node:assert/strict";
import { tryClients } from "../../../../test/support/clients.ts";
import { startTestPostgres } from "../../../../test/support/postgres.ts";
import { endLeftovers } from "../../../../test/support/teardown.ts";
import { WRITE_KEY } from "../apiFixture.ts";
import { startFilledApi } from "../filledApi.ts";
import { GENERATORS } from "./generators.ts";

/** Generates clients of /openapi.json. Each reads trending and posts two events to an API that runs. */
try {
  const { url: databaseUrl } = await startTestPostgres();
  const { api } = await startFilledApi({}, databaseUrl);
  await tryClients(GENERATORS, async () => {
    const before = await api.metric("pulseboard_events_total");
    return {
      args: [api.url, WRITE_KEY],
      check: async () => assert.equal(await api.metric("pulseboard_events_total"), before + 2),
      stop: async () => {},
    };
  });
} finally {
  await endLeftovers();
}
