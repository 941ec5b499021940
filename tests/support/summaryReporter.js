/**
 * Ends a run with one line that any program can read, `N passed, N failed, N skipped`, and names before it what was
 * skipped: jest drops what a file writes all of whose tests are skipped.
 */
module.exports = class ClosingLine {
  constructor({ testNamePattern }) {
    // Whoever asks for some tests knows that the others are skipped.
    this.named = !testNamePattern
  }

  onRunComplete(_, { numPassedTests, numFailedTests, numFailedTestSuites, numPendingTests, testResults }) {
    if (this.named) {
      const tests = testResults.flatMap((file) => file.testResults)
      for (const { status, fullName } of tests) if (status === 'pending') console.log(`Skipped: ${fullName}`)
    }
    // A suite that could not even begin has failed too.
    const failed = Math.max(numFailedTests, numFailedTestSuites)
    console.log(`${numPassedTests} passed, ${failed} failed, ${numPendingTests} skipped`)
  }
}
