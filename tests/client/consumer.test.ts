import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { projectRoot } from '../../schema/root'

jest.setTimeout(120_000)

const run = promisify(execFile)
const packages = join(projectRoot, 'node_modules')
const tsc = join(packages, 'typescript', 'bin', 'tsc')
let folder: string

// A project in a folder of its own, with the package as npm would install it, and what it needs beside it.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agora-consumer-'))
  cpSync(join(projectRoot, 'tests', 'client', 'consumer'), folder, { recursive: true })
  const installed = join(folder, 'node_modules', '@agora', 'client')
  mkdirSync(installed, { recursive: true })
  cpSync(join(projectRoot, 'client', 'package.json'), join(installed, 'package.json'))
  await run(process.execPath, [join(projectRoot, 'client', 'build.mjs'), join(installed, 'dist')])
  for (const name of [
    'graphql',
    '@graphql-typed-document-node',
    '@apollo',
    '@urql',
    '@0no-co',
    'wonka',
    'rxjs',
    'tslib',
    'optimism',
    '@wry',
    '@types',
    'undici-types',
  ]) {
    symlinkSync(join(packages, name), join(folder, 'node_modules', name))
  }
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

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

// Two of the four are told apart by nothing that changes often; they run with everything else that takes longer.
const checked = process.env.FULL ? resolutions : resolutions.slice(0, 2)

it.each(checked)('a consumer type-checks against the package with %s', async (_, type, options) => {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type }))
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...common, ...options }, include: ['*.ts'] }),
  )
  const { stdout } = await run(process.execPath, [tsc, '--project', folder]).catch((error: unknown) =>
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
])('the package can be loaded with %s', async (_, load, extension) => {
  const file = join(folder, `load.${extension}`)
  writeFileSync(
    file,
    `${load}\nconsole.log(typeof createClient, FeedDocument.kind, Object.keys(typePolicies).join())`,
  )
  const { stdout } = await run(process.execPath, [file])
  expect(stdout.trim()).toBe('function Document Query,User,Event,Post,Comment,Venue')
})

it('has the name and licence that it is installed under', () => {
  const manifest: unknown = JSON.parse(readFileSync(join(projectRoot, 'client', 'package.json'), 'utf8'))
  expect(manifest).toMatchObject({ name: '@agora/client', license: 'MIT' })
})
