// Compiles TypeScript with the options of `npm run build`, so that the tests run the code that is released.
const { createHash } = require('node:crypto')
const esbuild = require('esbuild')

const options = { ...require('../../esbuild.config.js'), loader: 'ts', sourcemap: 'inline' }

module.exports = {
  getCacheKey: (source, file) =>
    createHash('sha1')
      .update(JSON.stringify([esbuild.version, options, file, source]))
      .digest('hex'),
  process: (source, file) => esbuild.transformSync(source, { ...options, sourcefile: file }),
}
