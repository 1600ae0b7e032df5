// node .ci/summary.mjs REPORT [FAILED STEP...]: the failed tests of a vitest JSON report, then one line of counts.
// A test file that could not run, and a step before the tests, counts as one failure.
import { readFileSync } from "node:fs";

const [file, ...failedSteps] = process.argv.slice(2);

function readReport() {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

const report = readReport();
const counts = { passed: 0, failed: 0, skipped: 0 };
for (const suite of report?.testResults ?? []) {
  const name = suite.name.replace(`${process.cwd()}/`, "");
  for (const test of suite.assertionResults) {
    if (test.status === "passed") counts.passed++;
    else if (test.status !== "failed") counts.skipped++;
    else {
      counts.failed++;
      console.log(`FAILED ${name} > ${[...test.ancestorTitles, test.title].join(" > ")}`);
      for (const message of test.failureMessages)
        console.log(`  ${message.split("\n").slice(0, 12).join("\n  ")}`);
    }
  }
  const broken =
    suite.status === "failed" && !suite.assertionResults.some((test) => test.status === "failed");
  if (broken) {
    counts.failed++;
    console.log(`FAILED ${name}\n  ${suite.message ?? ""}`);
  }
}
// The tests themselves are counted above, unless they failed without any of them saying so.
const others = failedSteps.filter((step) => step !== "tests").length;
const silent = failedSteps.includes("tests") && counts.failed === 0 ? 1 : 0;
if (silent)
  console.log(
    report ? "FAILED the test run, by an error outside its tests (see above)" : "FAILED: no test report",
  );
counts.failed += others + silent;

console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed ? 1 : 0);
