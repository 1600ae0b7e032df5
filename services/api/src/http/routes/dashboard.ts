import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type RequestHandler, Router } from "express";
import expressStaticGzip from "express-static-gzip";
import { HttpProblem } from "../problem.ts";

const BUILT = fileURLToPath(new URL("../../../../../web/dist/", import.meta.url));

/**
 * The built dashboard. Vite puts a content hash into the name of every file under assets/, so those never change; the
 * page that names them is asked for each time. The build leaves a Brotli and a gzip form beside each file.
 */
export function dashboardRoutes(folder = BUILT): Router {
  const router = Router({ strict: true });
  let files: RequestHandler | undefined;
  router.use((request, response, next) => {
    if (!existsSync(join(folder, "index.html")))
      throw new HttpProblem(503, "the dashboard is not built: run `npm run build`");
    // Made once there is a build: it looks for the compressed forms then.
    files ??= builtFiles(folder);
    files(request, response, next);
  });
  return router;
}

function builtFiles(folder: string): Router {
  const compressed = { enableBrotli: true, orderPreference: ["br", "gz"] };
  const router = Router({ strict: true });
  router.use(
    "/assets",
    expressStaticGzip(join(folder, "assets"), {
      ...compressed,
      index: false,
      serveStatic: { immutable: true, maxAge: "1y", redirect: false },
    }),
  );
  router.use(
    expressStaticGzip(folder, {
      ...compressed,
      serveStatic: {
        cacheControl: false,
        setHeaders: (response) => response.setHeader("Cache-Control", "no-cache"),
      },
    }),
  );
  return router;
}
