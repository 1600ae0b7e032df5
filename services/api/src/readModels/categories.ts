import type { TopCategoriesQuery, TopCategory } from "@pulseboard/contract";
import type { Question } from "./reader.ts";
import { sqlFile } from "./sqlFile.ts";

const run = sqlFile<TopCategory>("top_categories");

/** GET /categories/top */
export const topCategories: Question<TopCategoriesQuery, TopCategory[]> = {
  name: "top_categories",
  windowStart: () => "all",
  read: (client, _stats, params) => run(client, params),
};
