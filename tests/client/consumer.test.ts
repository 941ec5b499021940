import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { projectRoot } from '../../packages/platform/config/projectRoot'
import { installClientConsumer, execFileAsync } from '../support/installClientConsumer'

jest.setTimeout(120_000)

const tsc = join(projectRoot, 'node_modules', 'typescript', 'bin', 'tsc')
let folder: string
let remove = () => {}

beforeAll(async () => {
  ;({ folder, remove } = await installClientConsumer())
})
afterAll(() => remove())

const common = {
  strict: true,
  noEmit: true,
  target: 'es2022',
  lib: ['es2023', 'dom'],
  types: [],
  skipLibCheck: true,
}

const resolutions: [string, string, object][] = [
  ['a bundler', 'module', { module: 'esnext', moduleResolution: 'bundler' }],
  ['Node with CommonJS', 'commonjs', { module: 'nodenext' }],
  ['Node with ES modules', 'module', { module: 'nodenext' }],
  [
    'an older resolution',
    'commonjs',
    { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0' },
  ],
]

// The other two rarely differ, and run with the slow tests.
const checkedResolutions = process.env.FULL ? resolutions : resolutions.slice(0, 2)

it.each(checkedResolutions)('type-checks in a consumer with %s', async (_, type, options) => {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type }))
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...common, ...options }, include: ['*.ts'] }),
  )
  const { stdout } = await execFileAsync(process.execPath, [tsc, '--project', folder]).catch(
    (error: unknown) =>
      typeof error === 'object' && error !== null && 'stdout' in error
        ? { stdout: String(error.stdout) }
        : Promise.reject(error),
  )
  expect(stdout).toBe('')
})

it.each([
  [
    'import',
    `import { createClient, FeedDocument } from '@agora/client'; import { typePolicies } from '@agora/client/apollo'`,
    'mjs',
  ],
  [
    'require',
    `const { createClient, FeedDocument } = require('@agora/client'); const { typePolicies } = require('@agora/client/apollo')`,
    'cjs',
  ],
])('can be loaded with %s', async (_, load, extension) => {
  const file = join(folder, `load.${extension}`)
  writeFileSync(
    file,
    `${load}\nconsole.log(typeof createClient, FeedDocument.kind, Object.keys(typePolicies).join())`,
  )
  const { stdout } = await execFileAsync(process.execPath, [file])
  expect(stdout.trim()).toBe('function Document Query,User,Event,Post,Comment,Venue')
})

it('has the documented name and licence', () => {
  const manifest: unknown = JSON.parse(readFileSync(join(projectRoot, 'client', 'package.json'), 'utf8'))
  expect(manifest).toMatchObject({ name: '@agora/client', license: 'MIT' })
})
