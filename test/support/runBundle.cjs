/**
 * Runs a bundled program, its first argument, with the code that V8 compiled for the first run of it that ended: what
 * the program uses is compiled once a test run instead of at each start.
 */
const { readFileSync, renameSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const { dirname } = require("node:path");
const { constants, Script } = require("node:vm");

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
const script = new Script(Module.wrap(readFileSync(program, "utf8")), {
  filename: program,
  cachedData,
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});

if (!cachedData)
  process.on("exit", () => {
    // Whole for whoever reads it meanwhile.
    const mine = `${codeFile}.${process.pid}`;
    writeFileSync(mine, script.createCachedData());
    renameSync(mine, codeFile);
  });

const main = new Module(program);
main.filename = program;
script.runInThisContext()(main.exports, Module.createRequire(program), main, program, dirname(program));
