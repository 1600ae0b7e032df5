import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import express, { Router } from "express";
import { HttpProblem } from "../problem.ts";

const BUILT = fileURLToPath(new URL("../../../../../web/dist/", import.meta.url));

/**
 * The built dashboard. Vite puts a content hash into the name of every file under assets/, so those never change; the
 * page that names them is asked for each time.
 */
export function dashboardRoutes(folder = BUILT): Router {
  const router = Router({ strict: true });
  router.use((_request, _response, next) => {
    if (existsSync(join(folder, "index.html"))) return next();
    throw new HttpProblem(503, "the dashboard is not built: run `npm run build`");
  });
  router.use(
    "/assets",
    express.static(join(folder, "assets"), { immutable: true, maxAge: "1y", index: false, redirect: false }),
  );
  router.use(
    express.static(folder, {
      cacheControl: false,
      setHeaders: (response) => {
        response.setHeader("Cache-Control", "no-cache");
      },
    }),
  );
  return router;
}
