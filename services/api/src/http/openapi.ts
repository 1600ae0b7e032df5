import { version } from "../version.ts";
import type { Endpoint } from "./endpoint.ts";
import { operation } from "./openapi/operation.ts";
import { type Json, Schemas } from "./openapi/schemas.ts";

const DESCRIPTION = `Live analytics of content engagement: views, likes, comments and shares of posts, each counted exactly once.

- Times are RFC 3339 in UTC, dates \`YYYY-MM-DD\` in UTC; a window of N days begins at 00:00 UTC N days ago.
- Analytics answers come as JSON or CSV (\`Accept: text/csv\` or \`?format=csv\`), with an \`ETag\`: sent back as \`If-None-Match\`
  it gives 304 for as long as nothing has changed.
- Every error is a problem (RFC 9457, \`application/problem+json\`). A method that a path does not have gives 405 and \`Allow\`,
  a path that is not here 404. Parameters that an endpoint does not know are ignored; one given twice is wrong.
- The same data is pushed over Socket.IO at \`/socket.io\`.`;

const TAGS = {
  Analytics: "Answers from rollups, exact as of X-Stats-As-Of",
  Live: "How much has been counted, and how fresh it is",
  Events: "Publishing engagements, and what became of them",
  Catalogue: "Authors and posts",
  Operations: "Health, metrics, and what there is",
} satisfies Record<Endpoint["tag"], string>;

/** The OpenAPI 3.1 document of the endpoints, made of what validates them. */
export function createOpenApi(endpoints: readonly Endpoint[], everyReadNeedsKey: boolean): Json {
  const schemas = new Schemas();
  const paths: Record<string, Json> = {};
  for (const endpoint of endpoints)
    paths[endpoint.path] = {
      ...paths[endpoint.path],
      [endpoint.method]: operation(endpoint, everyReadNeedsKey, schemas),
    };
  const tagsInUse = new Set(endpoints.map(({ tag }) => tag));
  return {
    openapi: "3.1.0",
    info: {
      title: "Pulseboard",
      version,
      description: DESCRIPTION,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: Object.entries(TAGS)
      .filter(([name]) => tagsInUse.has(name as Endpoint["tag"]))
      .map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: schemas.components,
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "An API key: `Authorization: Bearer KEY`" },
      },
    },
  };
}
