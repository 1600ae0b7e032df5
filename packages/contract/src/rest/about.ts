import { z } from "zod";

// ---- GET /about ----
export const about = z
  .object({
    version: z.string().describe("Of Pulseboard"),
    schema: z.array(
      z.object({ table: z.string(), columns: z.array(z.object({ name: z.string(), type: z.string() })) }),
    ),
    queries: z
      .array(z.object({ name: z.string(), question: z.string(), grain: z.string(), sql: z.string() }))
      .describe("The files of sql/"),
    endpoints: z.array(
      z.object({ method: z.string(), path: z.string(), summary: z.string(), live: z.string().nullable() }),
    ),
    invariants: z.array(z.object({ name: z.string(), promise: z.string() })),
  })
  .meta({ id: "About" });
export type About = z.infer<typeof about>;
