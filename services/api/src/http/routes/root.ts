import { z } from "zod";
import type { Readiness } from "../../readiness.ts";
import { version } from "../../version.ts";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";

const PAGES = { dashboard: "/dashboard/", docs: "/docs", live: "/socket.io", openapi: "/openapi.json" };

const parametersOf = ({ query }: Endpoint): string => {
  const names = Object.keys(query?.shape ?? {});
  return names.length ? `{?${names.join(",")}}` : "";
};

/** @param endpoints those that GET / names, as URI templates (RFC 6570) */
export const rootRoute = (readiness: Readiness, endpoints: readonly Endpoint[]): Endpoint => {
  const links = {
    ...PAGES,
    ...Object.fromEntries(endpoints.map((endpoint) => [endpoint.id, endpoint.path + parametersOf(endpoint)])),
  };
  return defineEndpoint({
    method: "get",
    path: "/",
    tag: "Operations",
    id: "root",
    summary: "What this is, and what there is",
    access: "open",
    answers: {
      200: {
        description: "Name, version, health and links",
        content: {
          "application/json": z.object({
            name: z.literal("pulseboard"),
            version: z.string(),
            health: z.enum(["ready", "not ready"]),
            links: z.record(z.string(), z.string()).describe("URI templates (RFC 6570)"),
          }),
        },
      },
    },
    async handle(_input, _request, response) {
      const { status } = await readiness();
      response.set("Cache-Control", "no-cache").json({ name: "pulseboard", version, health: status, links });
    },
  });
};
