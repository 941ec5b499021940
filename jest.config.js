/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/tests'],
  testMatch: ['**/*.test.ts'],
  // Jest runs no `import()`, which the first of these packages calls, and no ES modules, which the others are.
  transform: {
    '\\.ts$|/(otlp-exporter-base|openid-client|oauth4webapi|jose)/.*\\.js$':
      '<rootDir>/tests/support/transform.js',
  },
  transformIgnorePatterns: ['/node_modules/(?!(.*/otlp-exporter-base|openid-client|oauth4webapi|jose)/)'],
  globalSetup: '<rootDir>/tests/support/globalSetup.ts',
  globalTeardown: '<rootDir>/tests/support/globalTeardown.ts',
  // Longer than each wait of a test (`waitUntil`), and than a busy machine needs for any test.
  testTimeout: 300_000,
  maxWorkers: 2,
  reporters: ['default', '<rootDir>/tests/support/summaryReporter.js'],
}
