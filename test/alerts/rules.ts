import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "../support/programs.ts";

export const RULES_FILE = join(ROOT, "docs", "alerts.yml");

export interface Rule {
  alert: string;
  /** PromQL. */
  expr: string;
  annotations: { summary: string };
}

export async function readRules(): Promise<Rule[]> {
  const { groups } = parse(await readFile(RULES_FILE, "utf8")) as { groups: { rules: Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}
