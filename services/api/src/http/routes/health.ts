import type { Registry } from "@pulseboard/runtime";
import type { RequestHandler } from "express";
import type { Readiness } from "../../readiness.ts";

/** GET /healthz: the process turns. */
export const healthzRoute: RequestHandler = (_request, response) => {
  response.set("Cache-Control", "no-store").json({ status: "ok" });
};

/** GET /readyz: 200 once events are accepted and reads answer. */
export const readyzRoute =
  (readiness: Readiness): RequestHandler =>
  async (_request, response) => {
    const state = await readiness();
    response
      .set("Cache-Control", "no-store")
      .status(state.status === "ready" ? 200 : 503)
      .json(state);
  };

/** GET /metrics */
export const metricsRoute =
  (registry: Registry): RequestHandler =>
  async (_request, response) => {
    response.set({ "Content-Type": registry.contentType, "Cache-Control": "no-store" });
    response.send(await registry.metrics());
  };
