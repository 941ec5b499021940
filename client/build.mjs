// Compiles the package to ES modules, and to CommonJS for consumers that use `require`, such as jest. Copies the schema and the
// licence from the repository.
import { execFileSync } from 'node:child_process'
import { copyFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const folder = import.meta.dirname
const repository = dirname(folder)
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const packageFolder = process.argv[2] ?? folder
const output = join(packageFolder, 'dist')

rmSync(output, { recursive: true, force: true })
for (const [project, format, type] of [
  ['tsconfig.json', 'esm', 'module'],
  ['tsconfig.cjs.json', 'cjs', 'commonjs'],
]) {
  const args = [tsc, '--project', join(folder, project), '--outDir', join(output, format)]
  execFileSync(process.execPath, args, { stdio: 'inherit' })
  writeFileSync(join(output, format, 'package.json'), `${JSON.stringify({ type })}\n`)
}
copyFileSync(join(repository, 'schema', 'api.graphql'), join(packageFolder, 'schema.graphql'))
copyFileSync(join(repository, 'LICENSE'), join(packageFolder, 'LICENSE'))
