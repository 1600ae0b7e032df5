/**
 * Runs a bundled program, its first argument, with the code that V8 compiled for the first run of it that ended: what
 * the program uses is compiled once a test run instead of at each start.
 */
const { readFileSync, renameSync, writeFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const { dirname } = require("node:path");
const { Script } = require("node:vm");

const [, , program] = process.argv;
process.argv.splice(1, 1);

const codeFile = `${program}.code`;

function compiledCode() {
  try {
    return readFileSync(codeFile);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
}

const cachedData = compiledCode();
const source = readFileSync(program, "utf8");
// V8 forgets how compiled code imports modules: it is handed a function that does.
const script = new Script(
  `(function (exports, require, module, __filename, __dirname, importModule) {${source}\n})`,
  { filename: program, cachedData },
);

if (!cachedData)
  process.on("exit", () => {
    // Whole for whoever reads it meanwhile.
    const mine = `${codeFile}.${process.pid}`;
    writeFileSync(mine, script.createCachedData());
    renameSync(mine, codeFile);
  });

const main = { exports: {} };
const importModule = (url) => import(url);
const run = script.runInThisContext();
run.call(main.exports, main.exports, createRequire(program), main, program, dirname(program), importModule);
