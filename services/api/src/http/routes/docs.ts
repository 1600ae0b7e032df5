import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import express, { Router } from "express";
import { HttpProblem } from "../problem.ts";

const PAGE = fileURLToPath(new URL("../docs/", import.meta.url));
const SWAGGER_UI = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
/** Of Swagger UI's files, what the page needs. */
const ASSETS = ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"];

/**
 * GET /openapi.json, and GET /docs, where people read it and try it out. All of it comes from here.
 * @param createOpenApi called when somebody asks first: the document takes a third of the computing of a start
 */
export function docsRoutes(createOpenApi: () => object): Router {
  const router = Router();
  let json: string | undefined;
  router.get("/openapi.json", (_request, response) => {
    json ??= JSON.stringify(createOpenApi());
    response.set("Cache-Control", "no-cache").type("application/json").send(json);
  });
  router.get("/docs", (_request, response) => {
    response.set("Cache-Control", "no-cache").sendFile(join(PAGE, "index.html"), { cacheControl: false });
  });
  router.all(["/openapi.json", "/docs"], (request) => {
    throw new HttpProblem(405, `${request.method} is not possible here`, { headers: { Allow: "GET, HEAD" } });
  });
  router.use("/docs", express.static(PAGE, { index: false, redirect: false }));
  for (const asset of ASSETS)
    router.get(`/docs/${asset}`, (_request, response) =>
      response.sendFile(join(SWAGGER_UI, asset), { maxAge: "1h" }),
    );
  return router;
}
