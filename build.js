// Compiles each TypeScript source file to a separate file in dist/. Several builds may run concurrently, also beside
// programs that run from dist/: a file is replaced atomically, and only when it has changed.
const { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } = require('node:fs')
const { dirname, join } = require('node:path')
const esbuild = requireForBuild('esbuild')
const config = require('./esbuild.config.js')
const { bundleExplorer, explorerFolder } = requireForBuild('./router/explorer/bundle.js')

const folders = ['schema', 'subgraphs', 'router', 'cli', 'packages', 'bench']
const outdir = join(__dirname, 'dist')

// bench/gateways has its own node_modules.
const listFiles = (folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules')
    .flatMap((entry) =>
      entry.isDirectory() ? listFiles(join(folder, entry.name)) : join(folder, entry.name),
    )

// It runs in browsers, and is bundled.
const isInExplorer = (file) => dirname(file) === join(__dirname, 'router', 'explorer')

function readIfExists(file) {
  try {
    return readFileSync(file)
  } catch {
    return undefined
  }
}

function writeIfChanged(file, contents) {
  if (readIfExists(file)?.equals(contents)) return
  mkdirSync(dirname(file), { recursive: true })
  const temporary = `${file}.${process.pid}.next`
  writeFileSync(temporary, contents)
  renameSync(temporary, file)
}

const { outputFiles } = esbuild.buildSync({
  absWorkingDir: __dirname,
  entryPoints: folders
    .flatMap((folder) => listFiles(join(__dirname, folder)))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && !isInExplorer(file)),
  outdir,
  outbase: __dirname,
  ...config,
  sourcemap: true,
  write: false,
  logLevel: 'warning',
})

for (const { path, contents } of outputFiles) writeIfChanged(path, Buffer.from(contents))

for (const { path, contents } of bundleExplorer(esbuild) ?? []) writeIfChanged(path, Buffer.from(contents))

const built = new Set(outputFiles.map(({ path }) => path))
const stale = listFiles(outdir).filter(
  (file) => /\.js(\.map)?$/.test(file) && dirname(file) !== explorerFolder && !built.has(file),
)
for (const file of stale) rmSync(file, { force: true })

function requireForBuild(module) {
  try {
    return require(module)
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error
    console.error(
      `The build needs development dependencies: run npm install --include=dev (${error.message.split('\n', 1)})`,
    )
    process.exit(1)
  }
}
