// How TypeScript becomes what Node runs: the same for `npm run build` and for the tests.
// `import()` becomes require(), since compiled files are CommonJS and import one another without extensions.
module.exports = {
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  supported: { 'dynamic-import': false },
}
