// The compiler options of `npm run build` and of the tests (docs/decisions/0015-module-format.md).
// `import()` becomes a deferred require(), because compiled files import each other without extensions.
module.exports = {
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  supported: { 'dynamic-import': false },
}
