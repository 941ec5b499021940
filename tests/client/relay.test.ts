import { buildSchema, isInterfaceType, parse, validate } from 'graphql'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { projectRoot } from '../../packages/platform/config/projectRoot'

const run = promisify(execFile)
const compiler = join(projectRoot, 'node_modules', 'relay-compiler', 'cli.js')
const schemaPath = join(projectRoot, 'schema', 'api.graphql')
const schema = buildSchema(readFileSync(schemaPath, 'utf8'))
const node = schema.getType('Node')
const types = isInterfaceType(node) ? schema.getPossibleTypes(node).map(({ name }) => name) : []

/** A list of comments that is paged with its own query. */
const paged = `fragment Thread_post on Post
  @argumentDefinitions(first: { type: "Int", defaultValue: 20 }, after: { type: "String" })
  @refetchable(queryName: "ThreadRefetchQuery") {
  comments(first: $first, after: $after) @connection(key: "Thread_comments") {
    edges {
      node {
        ...Comment_data
      }
    }
  }
}`

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'agora-relay-'))
  // The configuration of docs/own-operations.md.
  const config = {
    src: './src',
    schema: './schema.graphql',
    language: 'typescript',
    customScalarTypes: { DateTime: 'string' },
  }
  writeFileSync(join(folder, 'relay.config.json'), JSON.stringify(config))
  writeFileSync(join(folder, 'schema.graphql'), readFileSync(schemaPath))
  mkdirSync(join(folder, 'src'))
  const write = (module: string, fragment: string) =>
    writeFileSync(join(folder, 'src', `${module}.ts`), `export const fragment = graphql\`${fragment}\`\n`)
  for (const type of types)
    write(
      type,
      `fragment ${type}_data on ${type} @refetchable(queryName: "${type}RefetchQuery") { __typename }`,
    )
  write('Thread', paged)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('compiles fragments with @refetchable on every type with an ID, and a paged list', async () => {
  expect(types).toHaveLength(8)
  const { stderr } = await run(process.execPath, [compiler, '--noWatchman'], { cwd: folder })
  expect(stderr).not.toMatch(/error/i)
  for (const module of [...types, 'Thread']) {
    const path = join(folder, 'src', '__generated__', `${module}RefetchQuery.graphql.ts`)
    const [, text] = /"text": (".*")/.exec(readFileSync(path, 'utf8')) ?? []
    const query: string = JSON.parse(text ?? '""')
    expect(query).toContain('node(id: $id)')
    expect(validate(schema, parse(query))).toEqual([])
  }
})
