// Compiles every TypeScript source file to dist/, file by file. Several builds may run at once, and beside programs that
// run from dist/: a file is written only when it differs, and appears whole.
const { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } = require('node:fs')
const { dirname, join } = require('node:path')
const esbuild = require('esbuild')
const config = require('./esbuild.config.js')

const folders = ['schema', 'subgraphs', 'router', 'cli', 'packages', 'bench']
const outdir = join(__dirname, 'dist')

// Not into node_modules: bench/gateways has packages of its own.
const filesIn = (folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules')
    .flatMap((entry) => (entry.isDirectory() ? filesIn(join(folder, entry.name)) : join(folder, entry.name)))

function contentOf(file) {
  try {
    return readFileSync(file)
  } catch {
    return undefined
  }
}

function replace(file, contents) {
  if (contentOf(file)?.equals(contents)) return
  mkdirSync(dirname(file), { recursive: true })
  const next = `${file}.${process.pid}.next`
  writeFileSync(next, contents)
  renameSync(next, file)
}

const { outputFiles } = esbuild.buildSync({
  absWorkingDir: __dirname,
  entryPoints: folders
    .flatMap((folder) => filesIn(join(__dirname, folder)))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts')),
  outdir,
  outbase: __dirname,
  ...config,
  sourcemap: true,
  write: false,
  logLevel: 'warning',
})

for (const { path, contents } of outputFiles) replace(path, Buffer.from(contents))

const made = new Set(outputFiles.map(({ path }) => path))
const stale = filesIn(outdir).filter((file) => /\.js(\.map)?$/.test(file) && !made.has(file))
for (const file of stale) rmSync(file, { force: true })
