import { readFileSync } from "node:fs";

/** Prints the closing line of a test run, `N passed, N failed`, from vitest's JSON report (first argument). */
const path = process.argv[2];
if (path === undefined) throw new Error("usage: count-tests.ts REPORT.json");
const report = JSON.parse(readFileSync(path, "utf8")) as {
  numPassedTests: number;
  numFailedTests: number;
  numFailedTestSuites: number;
  numPendingTests: number;
};
// A file that fails to load has no failed test of its own, yet nothing in it was proved.
const failed = report.numFailedTests || report.numFailedTestSuites;
const skipped = report.numPendingTests > 0 ? `, ${report.numPendingTests} skipped` : "";
console.log(`${report.numPassedTests} passed, ${failed} failed${skipped}`);
if (report.numPassedTests === 0) process.exitCode = 1;
