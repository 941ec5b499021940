// Ends a run with one line that any program can read: `N passed, N failed, N skipped`.
module.exports = class ClosingLine {
  onRunComplete(_, { numPassedTests, numFailedTests, numFailedTestSuites, numPendingTests }) {
    // A suite that could not even begin has failed too.
    const failed = Math.max(numFailedTests, numFailedTestSuites)
    console.log(`${numPassedTests} passed, ${failed} failed, ${numPendingTests} skipped`)
  }
}
