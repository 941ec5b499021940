// Bundles the explorer, GraphiQL with its editor and workers, from npm packages into dist/explorer. `build.js` calls it; it
// runs only when a package or a file of this folder has changed.
const { createHash } = require('node:crypto')
const { readFileSync, readdirSync } = require('node:fs')
const { dirname, join } = require('node:path')

const root = dirname(dirname(__dirname))
const outdir = join(root, 'dist', 'explorer')
const keyFile = join(outdir, 'key.txt')

// The workers must have the version of the editor.
const graphiql = dirname(require.resolve('@graphiql/react/package.json'))
const resolveForGraphiql = (file) => require.resolve(file, { paths: [graphiql] })

const options = {
  absWorkingDir: root,
  outdir,
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"' },
  loader: { '.ttf': 'file' },
  assetNames: '[name]',
  entryPoints: {
    explorer: join(__dirname, 'explorer.tsx'),
    'editor.worker': resolveForGraphiql('monaco-editor/esm/vs/editor/editor.worker.js'),
    'json.worker': resolveForGraphiql('monaco-editor/esm/vs/language/json/json.worker.js'),
    'graphql.worker': resolveForGraphiql('monaco-graphql/esm/graphql.worker.js'),
  },
  legalComments: 'none',
  write: false,
  logLevel: 'warning',
}

/** Identifies the content of the bundle: the installed packages, and the files of this folder. */
function computeKey() {
  const hash = createHash('sha256')
  const files = readdirSync(__dirname).sort()
  // Written by every installation, and equal for equal packages.
  for (const file of [join(root, 'package-lock.json'), ...files.map((name) => join(__dirname, name))])
    hash.update(readFileSync(file))
  return hash.digest('hex')
}

function readIfExists(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/**
 * Returns the files to write, the key last; undefined when the present bundle is up to date.
 *
 * @param esbuild the bundler
 */
function bundleExplorer(esbuild) {
  const key = computeKey()
  if (readIfExists(keyFile) === key) return undefined
  const { outputFiles } = esbuild.buildSync(options)
  return [...outputFiles, { path: keyFile, contents: Buffer.from(key) }]
}

module.exports = { bundleExplorer, explorerFolder: outdir }
