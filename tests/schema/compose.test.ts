import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { projectRoot } from '../../packages/platform/config/projectRoot'
import { subgraphs } from '../../schema/subgraphs'

let folder: string

/** Creates a checkout with the files that composition needs. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agora-compose-'))
  const fragments = subgraphs.map(({ name }) => `subgraphs/${name}/schema.graphql`)
  const files = [
    'package.json',
    'dist/packages/platform',
    'dist/schema',
    'schema/api.graphql',
    'schema/node.graphql',
    'schema/supergraph.graphql',
    ...fragments,
  ]
  for (const file of files) cpSync(join(projectRoot, file), join(folder, file), { recursive: true })
  symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function compose(...args: string[]) {
  const program = join(folder, 'dist', 'schema', 'compose.js')
  const { status, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' })
  return { status, stderr }
}

function edit(from: string, to: string) {
  const file = join(folder, 'subgraphs', 'posts', 'schema.graphql')
  const text = readFileSync(file, 'utf8')
  expect(text).toContain(from)
  writeFileSync(file, text.replace(from, to))
}

const api = () => readFileSync(join(folder, 'schema', 'api.graphql'), 'utf8')

it('--check passes for the committed files', () => {
  expect(compose('--check')).toEqual({ status: 0, stderr: '' })
})

it('--check fails for a stale file until it is written', () => {
  edit(
    '"1–200 characters."\n  title: String!',
    '"1–200 characters."\n  title: String!\n  "Another."\n  other: String',
  )
  const before = api()
  expect(compose('--check')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('schema/api.graphql'),
  })
  expect(api()).toBe(before)
  expect(compose()).toEqual({ status: 0, stderr: '' })
  expect(api()).toContain('other: String')
  expect(compose('--check').status).toBe(0)
})

it('reports a composition error and writes nothing', () => {
  edit('author: User', 'author: User!')
  const before = api()
  const { status, stderr } = compose()
  expect(status).toBe(1)
  expect(stderr).toContain('[posts] Post.author: User! crosses into another subgraph')
  expect(stderr).not.toContain('    at ')
  expect(api()).toBe(before)
})
