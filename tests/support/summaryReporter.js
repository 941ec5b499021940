/** Lists the skipped tests and prints a machine-readable summary: `N passed, N failed, N skipped`. */
module.exports = class SummaryReporter {
  constructor({ testNamePattern }) {
    // A run of selected tests skips the others on purpose.
    this.listsSkipped = !testNamePattern
  }

  onRunComplete(_, { numPassedTests, numFailedTests, numFailedTestSuites, numPendingTests, testResults }) {
    if (this.listsSkipped) {
      const tests = testResults.flatMap((file) => file.testResults)
      for (const { status, fullName } of tests) if (status === 'pending') console.log(`Skipped: ${fullName}`)
    }
    // A suite that could not be loaded has failed without a test.
    const failed = Math.max(numFailedTests, numFailedTestSuites)
    console.log(`${numPassedTests} passed, ${failed} failed, ${numPendingTests} skipped`)
  }
}
