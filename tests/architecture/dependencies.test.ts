import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { projectRoot } from '../../packages/platform/config/projectRoot'
import { readProgramFiles } from './programFiles'
import { readPackageName } from './rules'

const read = (file: string) => readFileSync(join(projectRoot, file), 'utf8')
const { dependencies: required, optionalDependencies: optional } = JSON.parse(read('package.json')) as {
  dependencies: Record<string, string>
  optionalDependencies: Record<string, string>
}
const dependencies = { ...required, ...optional }

/**
 * Programs that run without development dependencies. Composition, the check of the schema, the client and the
 * benchmarks are development tools.
 */
const running = readProgramFiles().filter(
  ({ path }) => !/^(client|bench|router\/explorer|schema\/compos\w+|cli\/schema-check)/.test(path),
)
const imported = new Set(running.flatMap(({ packages }) => packages.map(readPackageName)))

test('uses every dependency in a program at run time or in the build', () => {
  const unused = Object.keys(dependencies).filter((name) => !imported.has(name))
  const isLoaded = (name: string) =>
    read('build.js').includes(`require('${name}')`) ||
    read('packages/platform/log.ts').includes(`target: '${name}'`)
  expect(unused.filter((name) => !isLoaded(name))).toEqual([])
})

test('imports only dependencies in programs at run time', () => {
  const missing = [...imported].filter((name) => !name.startsWith('node:') && !(name in dependencies))
  expect(missing).toEqual([])
})
