import { readFileSync } from "node:fs";

/**
 * Prints src/zones/names.ts from IANA's tzdata.zi. Use one that was built without PACKRATDATA, as PyPI's tzdata has it
 * (tzdata/zoneinfo/tzdata.zi): Debian's makes zones of links that have only differed before 1970.
 *
 *   node --import tsx packages/contract/scripts/makeZoneNames.ts tzdata.zi > packages/contract/src/zones/names.ts
 */
const [file] = process.argv.slice(2);
if (!file) throw new Error("expected the path of tzdata.zi");
const lines = readFileSync(file, "utf8").split("\n");
const fields = (kind: string) =>
  lines.filter((line) => line.startsWith(`${kind} `)).map((line) => line.split(" ").slice(1));

// Factory stands for a clock whose zone nobody has set.
const names = new Map(
  fields("Z")
    .filter(([zone]) => zone !== "Factory")
    .map(([zone]) => [zone!, [] as string[]]),
);
for (const [zone, link] of fields("L")) names.get(zone!)!.push(link!);

process.stdout.write(`/** Made by scripts/makeZoneNames.ts from IANA's tzdata.zi, ${lines[0]!.replace("# ", "")}: a zone a line, then its links. */
export const ZONE_NAMES = \`
${[...names]
  .map(([zone, links]) => [zone, ...links.sort()].join(" "))
  .sort()
  .join("\n")}
\`;
`);
