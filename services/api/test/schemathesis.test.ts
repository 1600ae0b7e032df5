import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createTestFolder } from "../../../test/support/folder.ts";
import { startFilledApi } from "./filledApi.ts";

/**
 * schemathesis, which knows nothing of us but /openapi.json, asks every operation what the document allows and what it
 * forbids, and judges the answers. SCHEMATHESIS names its program, SCHEMATHESIS_EXAMPLES how many cases an operation
 * gets in each phase.
 */
const PROGRAM = process.env.SCHEMATHESIS ?? "schemathesis";
const EXAMPLES = process.env.SCHEMATHESIS_EXAMPLES ?? "20";
const FOLDER = fileURLToPath(new URL("schemathesis/", import.meta.url));
const isHere = spawnSync(PROGRAM, ["--version"]).status === 0;
if (!isHere) console.warn(`left out: schemathesis, for want of it (pip install schemathesis)`);

const EVERY_SCOPE = "every-scope-of-the-tests-001";

test.skipIf(!isHere)(
  "schemathesis finds no answer that is not as /openapi.json says",
  { timeout: 1_800_000 },
  async () => {
    const { api } = await startFilledApi({ API_KEYS: `${EVERY_SCOPE}:read+read:raw+write+admin` });
    const run = spawn(
      PROGRAM,
      [
        ...["--config-file", `${FOLDER}schemathesis.toml`, "run", `${api.url}/openapi.json`],
        ...["--max-examples", EXAMPLES, "--seed", process.env.SCHEMATHESIS_SEED ?? "1"],
        ...["--header", `Authorization: Bearer ${EVERY_SCOPE}`, "--no-color"],
      ],
      {
        cwd: await createTestFolder(),
        env: {
          ...process.env,
          SCHEMATHESIS_HOOKS: "hooks",
          PYTHONPATH: FOLDER,
          PYTHONDONTWRITEBYTECODE: "1",
        },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    const said: string[] = [];
    for (const stream of [run.stdout, run.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => said.push(text));
    const [status] = await once(run, "close");
    expect(status, said.join("")).toBe(0);
    if (process.env.SCHEMATHESIS_EXAMPLES) console.log(said.join("").split("= SUMMARY =")[1]);
  },
);
