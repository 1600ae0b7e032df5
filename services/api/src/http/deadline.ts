import { unavailable } from "./problem.ts";

/** Longer than any statement may take: it ends the wait for a database that has stopped answering. */
const DEADLINE_MS = 8_000;

/** @throws HttpProblem 503 when the promise is not settled in time. */
export async function withinDeadline<T>(promise: Promise<T>, ms = DEADLINE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable("the database does not answer, try again")), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
