import { z } from "zod";

/** Every error: RFC 9457. */
export const problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().optional(),
    instance: z.string().optional(),
    parameter: z.string().optional().describe("The parameter at fault, where there is one"),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof problem>;
