import { afterAll, vi } from "vitest";
import { endLeftovers } from "./teardown.ts";

/**
 * Runs before each test file. Test files share their worker's modules (`isolate: false`), so each file hands the
 * worker on as it found it: nothing it started goes on, real timers, and the environment variables from before.
 */
const environment = { ...process.env };

// Registered before the hooks of the test file, so it runs after them.
afterAll(async () => {
  vi.useRealTimers();
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment);
  await endLeftovers();
});
