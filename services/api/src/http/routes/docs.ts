import { Router } from "express";

/** GET /openapi.json */
export function docsRoutes(openApi: object): Router {
  const router = Router();
  const json = JSON.stringify(openApi);
  router.get("/openapi.json", (_request, response) => {
    response.set("Cache-Control", "no-cache").type("application/json").send(json);
  });
  return router;
}
