/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/tests'],
  testMatch: ['**/*.test.ts'],
  // Jest runs no `import()`, which this package calls.
  transform: { '\\.ts$|/otlp-exporter-base/.*\\.js$': '<rootDir>/tests/support/transform.js' },
  transformIgnorePatterns: ['/node_modules/(?!.*/otlp-exporter-base/)'],
  globalSetup: '<rootDir>/tests/support/globalSetup.ts',
  globalTeardown: '<rootDir>/tests/support/globalTeardown.ts',
  testTimeout: 30_000,
  maxWorkers: 2,
  reporters: ['default', '<rootDir>/tests/support/summaryReporter.js'],
}
