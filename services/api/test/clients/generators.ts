import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Client, run } from "../../../../test/support/clients.ts";

const PROGRAMS = fileURLToPath(new URL("programs/", import.meta.url));
const TSX = import.meta.resolve("tsx");

const COMPILER_OPTIONS = {
  ...{ strict: true, noEmit: true, skipLibCheck: true, types: ["node"] },
  ...{ target: "es2023", lib: ["es2023", "dom"], module: "esnext", moduleResolution: "bundler" },
};

interface NpmGenerator {
  name: string;
  /** The file of the program that uses what is generated. */
  program: string;
  packages: string[];
  /** The program of the packages that generates, and its arguments. */
  command(url: string): [program: string, ...args: string[]];
  /** A file of settings, for a program that takes no arguments. */
  settings?: { file: string; content(url: string): string };
}

/** A generator of npm. What it makes is compiled together with the program that uses it. */
const ofNpm = ({ name, program, packages, command, settings }: NpmGenerator): Client => ({
  name,
  async install(folder) {
    await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    const all = [...packages, "typescript@5.9", "@types/node@20"];
    await run("npm", ["install", "--no-audit", "--no-fund", ...all], { cwd: folder });
  },
  async build(folder, url) {
    const runPackage = (of: string, args: string[]) =>
      run(join(folder, "node_modules/.bin", of), args, { cwd: folder });
    await cp(join(PROGRAMS, program), join(folder, program));
    const config = { compilerOptions: COMPILER_OPTIONS, files: [program] };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
    if (settings) await writeFile(join(folder, settings.file), settings.content(url));
    const [generator, ...args] = command(url);
    await runPackage(generator, args);
    await runPackage("tsc", []);
  },
  command: (folder) => [process.execPath, "--import", TSX, join(folder, program)],
});

const document = (url: string) => `${url}/openapi.json`;

/** What makes clients of /openapi.json: the newest versions that Node 20 runs. */
export const GENERATORS: Client[] = [
  ofNpm({
    name: "openapi-typescript",
    program: "openapiTypescript.ts",
    packages: ["openapi-typescript@7.13", "openapi-fetch@0.17"],
    command: (url) => ["openapi-typescript", document(url), "-o", "generated/schema.ts"],
  }),
  ofNpm({
    name: "@hey-api/openapi-ts",
    program: "heyApi.ts",
    packages: ["@hey-api/openapi-ts@0.95"],
    command: (url) => ["openapi-ts", "-i", document(url), "-o", "generated"],
  }),
  ofNpm({
    name: "orval",
    program: "orval.ts",
    packages: ["orval@7.21"],
    command: () => ["orval"],
    settings: {
      file: "orval.config.mjs",
      content(url) {
        const output = { target: "generated/client.ts", client: "fetch", baseUrl: url };
        return `export default ${JSON.stringify({ pulseboard: { input: document(url), output } })};`;
      },
    },
  }),
  {
    name: "openapi-python-client",
    async install(folder) {
      await run("python3", ["-m", "venv", folder]);
      const packages = ["openapi-python-client==0.29.*", "httpx", "attrs", "python-dateutil"];
      await run(join(folder, "bin/pip"), ["install", "--quiet", ...packages]);
    },
    async build(folder, url) {
      await cp(join(PROGRAMS, "openapiPythonClient.py"), join(folder, "main.py"));
      const args = ["--url", document(url), "--meta", "none", "--output-path", join(folder, "generated")];
      await run(join(folder, "bin/openapi-python-client"), ["generate", ...args]);
    },
    command: (folder) => [join(folder, "bin/python"), join(folder, "main.py")],
  },
  {
    name: "oapi-codegen",
    async install(folder) {
      await run("go", ["mod", "init", "example.org/client"], { cwd: folder });
      const generator = "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2";
      await run("go", ["get", "-tool", generator], { cwd: folder });
      await run("go", ["get", "github.com/oapi-codegen/runtime@latest"], { cwd: folder });
    },
    async build(folder, url) {
      await cp(join(PROGRAMS, "oapiCodegen"), folder, { recursive: true });
      await mkdir(join(folder, "pulseboard"));
      const args = ["-generate", "types,client", "-package", "pulseboard", "-o", "pulseboard/client.go"];
      await run("go", ["tool", "oapi-codegen", ...args, document(url)], { cwd: folder });
      await run("go", ["build", "-o", "client", "."], { cwd: folder });
    },
    command: (folder) => [join(folder, "client")],
  },
];
