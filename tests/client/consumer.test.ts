import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { projectRoot } from '../../packages/platform/config/projectRoot'
import { installClientConsumer, execFileAsync } from '../support/installClientConsumer'

const tsc = join(projectRoot, 'node_modules', 'typescript', 'bin', 'tsc')
let folder: string
let installed: string
let remove = () => {}

beforeAll(async () => {
  ;({ folder, installed, remove } = await installClientConsumer())
})
afterAll(() => remove())

const common = {
  strict: true,
  exactOptionalPropertyTypes: true,
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

/** Compiles a consumer without output. Returns the compiler's errors. */
async function checkTypes(consumer: string, type: string, options: object): Promise<string> {
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type }))
  writeFileSync(
    join(consumer, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...common, ...options }, include: ['*.ts', 'readme/*'] }),
  )
  const { stdout } = await execFileAsync(process.execPath, [tsc, '--project', consumer]).catch(
    (error: unknown) =>
      typeof error === 'object' && error !== null && 'stdout' in error
        ? { stdout: String(error.stdout) }
        : Promise.reject(error),
  )
  return stdout
}

/** Returns the blocks of code of the package's README that are modules of their own. */
function readModules(): { name: string; code: string }[] {
  const text = readFileSync(join(projectRoot, 'client', 'README.md'), 'utf8')
  return [...text.matchAll(/^```(tsx?)\n(.*?)^```/gms)]
    .map(([, extension = '', code = ''], index) => ({ name: `block${index}.${extension}`, code }))
    .filter(({ code }) => code.startsWith('import '))
}

it('compiles the set-ups of its README as they are', async () => {
  // That of Next.js needs its package, and is built by another test.
  const modules = readModules().filter(({ code }) => !code.includes("from 'next/"))
  for (const name of ['@agora/client', '@agora/client/apollo', '@agora/client/urql'])
    expect(modules.some(({ code }) => code.includes(`from '${name}'`))).toBe(true)
  const readme = join(folder, 'readme')
  mkdirSync(readme)
  for (const { name, code } of modules) writeFileSync(join(readme, name), code)
  const [, type, options] = resolutions[0]!
  try {
    expect(await checkTypes(folder, type, { ...options, jsx: 'react-jsx' })).toBe('')
  } finally {
    rmSync(readme, { recursive: true })
  }
})

it.each(checkedResolutions)('type-checks in a consumer with %s', async (_, type, options) => {
  expect(await checkTypes(folder, type, options)).toBe('')
})

it('type-checks in a consumer that links it and has its own copies of the dependencies', async () => {
  const linked = await installClientConsumer('linked')
  try {
    const [, type, options] = resolutions[0]!
    expect(await checkTypes(linked.folder, type, options)).toBe('')
  } finally {
    linked.remove()
  }
})

it('contains the schema, the licence, the changelog and its own documentation', () => {
  for (const name of ['LICENSE', 'CHANGELOG.md', 'README.md'])
    expect(readFileSync(join(installed, name), 'utf8')).not.toBe('')
  expect(readFileSync(join(installed, 'schema.graphql'), 'utf8')).toBe(
    readFileSync(join(projectRoot, 'schema', 'api.graphql'), 'utf8'),
  )
})

it.each([
  [
    'import',
    `import { createClient, FeedDocument } from '@agora/client'; import { typePolicies, FeedDocument as node } from '@agora/client/apollo'`,
    'mjs',
  ],
  [
    'require',
    `const { createClient, FeedDocument } = require('@agora/client'); const { typePolicies, FeedDocument: node } = require('@agora/client/apollo')`,
    'cjs',
  ],
])('can be loaded with %s', async (_, load, extension) => {
  const file = join(folder, `load.${extension}`)
  writeFileSync(
    file,
    `${load}\nconsole.log(typeof createClient, typeof FeedDocument, node.kind, Object.keys(typePolicies).join())`,
  )
  const { stdout } = await execFileAsync(process.execPath, [file])
  expect(stdout.trim()).toBe('function string Document Query,User,Event,Post,Comment,Venue')
})

it('has the documented name and licence', () => {
  const manifest: unknown = JSON.parse(readFileSync(join(projectRoot, 'client', 'package.json'), 'utf8'))
  expect(manifest).toMatchObject({ name: '@agora/client', license: 'MIT' })
})
