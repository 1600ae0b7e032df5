import type { TestService } from "./process.ts";

// biome-ignore lint/suspicious/noExplicitAny: checks of whatever the service has
export type Readiness = { status: number; checks: Record<string, any> };

const ask = (service: TestService, path: string) => fetch(`http://127.0.0.1:${service.ready.opsPort}${path}`);

/** /readyz of a service that has no other server. */
export async function readiness(service: TestService): Promise<Readiness> {
  const response = await ask(service, "/readyz");
  const { checks } = (await response.json()) as { checks: Readiness["checks"] };
  return { status: response.status, checks };
}

/** A metric's values by their labels, {service} left out: `reason="not_json"` or an empty text. */
export async function metric(service: TestService, name: string): Promise<Map<string, number>> {
  const text = await (await ask(service, "/metrics")).text();
  const values = new Map<string, number>();
  for (const line of text.split("\n")) {
    const match = /^(\w+)\{(.*)\} (\S+)$/.exec(line);
    if (match?.[1] === name)
      values.set(
        match[2]!
          .split(",")
          .filter((label) => !label.startsWith("service="))
          .join(),
        Number(match[3]),
      );
  }
  return values;
}
