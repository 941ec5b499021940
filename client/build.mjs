// Compiles the package to ES modules, and to CommonJS for consumers that use `require`, such as jest.
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const folder = import.meta.dirname
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const output = process.argv[2] ?? `${folder}/dist`

rmSync(output, { recursive: true, force: true })
for (const [project, format, type] of [
  ['tsconfig.json', 'esm', 'module'],
  ['tsconfig.cjs.json', 'cjs', 'commonjs'],
]) {
  const args = [tsc, '--project', `${folder}/${project}`, '--outDir', `${output}/${format}`]
  execFileSync(process.execPath, args, { stdio: 'inherit' })
  writeFileSync(`${output}/${format}/package.json`, `${JSON.stringify({ type })}\n`)
}
