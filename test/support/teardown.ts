import { onTestFinished } from "vitest";

const leftovers: (() => Promise<void>)[] = [];

/** Under Vitest its hooks and setup.ts end what was started; a command that uses these files calls endLeftovers. */
const inTests = process.env.VITEST !== undefined;

/** Ends what was registered outside a test, the last first. */
export async function endLeftovers(): Promise<void> {
  const failures: unknown[] = [];
  for (const end of leftovers.splice(0).reverse()) await end().catch((error) => failures.push(error));
  if (failures.length === 1) throw failures[0];
  if (failures.length) throw new AggregateError(failures, failures.map(String).join("\n"));
}

/**
 * Runs `end` when the current test is over, or the file when called outside a test (from beforeAll, say). The last
 * registered ends first; an error fails the test.
 */
export function onTeardown(end: () => Promise<void>): void {
  if (!inTests) {
    leftovers.push(end);
    return;
  }
  try {
    onTestFinished(end);
  } catch {
    leftovers.push(end);
  }
}
