import type { Registry } from "@pulseboard/runtime";
import { z } from "zod";
import type { Readiness } from "../../readiness.ts";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";

const check = z.looseObject({ ok: z.boolean(), reason: z.string().optional() }).meta({ id: "Check" });
const readyState = z
  .object({ status: z.enum(["ready", "not ready"]), checks: z.record(z.string(), check) })
  .meta({ id: "ReadyState" });

export const healthRoutes = (readiness: Readiness, registry: Registry): Endpoint[] => [
  defineEndpoint({
    method: "get",
    path: "/healthz",
    tag: "Operations",
    id: "healthz",
    summary: "Liveness: the process turns",
    access: "open",
    unlimited: true,
    answers: {
      200: {
        description: "It does",
        content: { "application/json": z.object({ status: z.literal("ok") }) },
      },
    },
    handle(_input, _request, response) {
      response.set("Cache-Control", "no-store").json({ status: "ok" });
    },
  }),
  defineEndpoint({
    method: "get",
    path: "/readyz",
    tag: "Operations",
    id: "readyz",
    summary: "Readiness: events are accepted and reads answer",
    access: "open",
    unlimited: true,
    answers: {
      200: { description: "Ready", content: { "application/json": readyState } },
      503: {
        description: "Not ready, and which dependency is why",
        content: { "application/json": readyState },
      },
    },
    async handle(_input, _request, response) {
      const state = await readiness();
      response
        .set("Cache-Control", "no-store")
        .status(state.status === "ready" ? 200 : 503)
        .json(state);
    },
  }),
  defineEndpoint({
    method: "get",
    path: "/metrics",
    tag: "Operations",
    id: "metrics",
    summary: "Metrics in Prometheus' text format",
    access: "open",
    unlimited: true,
    answers: { 200: { description: "The metrics", content: { "text/plain": null } } },
    async handle(_input, _request, response) {
      response.set({ "Content-Type": registry.contentType, "Cache-Control": "no-store" });
      response.send(await registry.metrics());
    },
  }),
];
