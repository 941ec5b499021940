import { buildSchema } from 'graphql'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { checkSchema } from '../../../cli/schema-check/checkSchema'
import { parseManifest } from '../../../packages/federation-router'
import { projectRoot } from '../../../packages/platform/config/projectRoot'
import { temporaryFile } from '../../support/temporaryFile'

const run = promisify(execFile)
const read = (...path: string[]) => readFileSync(join(projectRoot, ...path), 'utf8')
const api = read('schema', 'api.graphql')
const documents = [...parseManifest(read('client', 'generated', 'trustedDocuments.json')).values()]

/** Compares this schema with a change of it. */
function compare(from: string | RegExp, to: string, released: string = api) {
  const changed = released.replace(from, to)
  if (changed === released) throw new Error(`${String(from)} is not in the schema`)
  return checkSchema(buildSchema(released), buildSchema(changed), documents)
}

it('names the operations that use a renamed field', async () => {
  const { breaking, brokenOperations } = await compare('\n  displayName: String!', '\n  fullName: String!')
  expect(breaking).toContainEqual({
    coordinate: 'User.displayName',
    message: expect.stringContaining("'displayName'"),
  })
  const names = brokenOperations.map(({ name }) => name)
  expect(names).toContain('Viewer')
  for (const { messages } of brokenOperations)
    expect(messages.join()).toContain('Cannot query field "displayName" on type "User".')
})

it.each([
  ['a field that becomes nullable', '\n  handle: String!', '\n  handle: String', 'User.handle'],
  [
    'an input field that becomes required',
    'refreshToken: String\n}',
    'refreshToken: String!\n}',
    'RefreshSessionInput.refreshToken',
  ],
  [
    'a value of an enum that is removed',
    /\n {2}"""A moderator or administrator."""\n {2}MODERATOR/,
    '',
    'RemovedBy.MODERATOR',
  ],
])('reports %s', async (_, from, to, coordinate) => {
  const { breaking } = await compare(from, to)
  expect(breaking.map((change) => change.coordinate)).toEqual([coordinate])
})

it('accepts additions, and reports a new value of an enum as dangerous', async () => {
  const added = await compare(
    '\n  handle: String!',
    '\n  handle: String!\n  """New."""\n  pronouns(form: String): String',
  )
  expect(added).toEqual({ breaking: [], dangerous: [], brokenOperations: [] })
  const value = await compare('enum UserRole {', 'enum UserRole {\n  OWNER')
  expect(value.breaking).toEqual([])
  expect(value.dangerous.map(({ coordinate }) => coordinate)).toEqual(['UserRole.OWNER'])
})

it('allows the removal of a deprecated field that no operation uses', async () => {
  const released = api.replace(
    '\n  handle: String!',
    '\n  old: String @deprecated(reason: "Use `handle`.")\n  handle: String!',
  )
  const { breaking, dangerous } = await compare(/\n {2}old: String @deprecated.*/, '', released)
  expect(breaking).toEqual([])
  expect(dangerous.map(({ coordinate }) => coordinate)).toEqual(['User.old'])
})

describe('npm run schema:check', () => {
  const check = (...args: string[]) =>
    run('node', [join(projectRoot, 'dist', 'cli', 'schema-check', 'index.js'), ...args], { cwd: projectRoot })
  beforeAll(() => run('node', ['build.js'], { cwd: projectRoot }))

  it('exits with status 0 when nothing breaks', async () => {
    expect((await check()).stdout).toMatch(/^0 breaking .*; 0 of \d+ operations break\.$/m)
  })

  it('exits with status 1 and names the change and the operation that break', async () => {
    const base = temporaryFile(
      api.replace('\n  handle: String!', '\n  legacy: String\n  handle: String!'),
      'base.graphql',
    )
    const manifest = temporaryFile(
      JSON.stringify({ one: 'query Legacy { viewer { legacy } }' }),
      'manifest.json',
    )
    const failure: unknown = await check(base, manifest).catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /BREAKING: .*legacy[^]*BREAKS the operation Legacy: Cannot query field "legacy"/,
      ),
    })
  })

  it('names a file that cannot be used', async () => {
    const failure: unknown = await check('no-such-file.graphql').catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no-such-file.graphql cannot be used'),
    })
  })
})
