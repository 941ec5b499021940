import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import {
  composeSupergraph,
  CompositionError,
  readSubgraphSchemas,
  type SubgraphSchema,
} from '../../schema/composition'
import { projectRoot } from '../../packages/platform/config/projectRoot'
import { localSubgraphUrl, subgraphs } from '../../schema/subgraphs'

const read = (file: string) => readFileSync(join(projectRoot, 'schema', file), 'utf8')

describe('the committed schema', () => {
  const composition = composeSupergraph(readSubgraphSchemas())

  it.each(['supergraph.graphql', 'api.graphql'])('%s is the result of composition', (file) => {
    expect(read(file)).toBe(file === 'api.graphql' ? composition.apiSdl : composition.supergraphSdl)
  })

  it('contains the local URL of every subgraph', () => {
    for (const { name } of subgraphs) {
      expect(composition.supergraphSdl).toContain(`name: "${name}", url: "${localSubgraphUrl(name)}"`)
    }
  })

  it('shows no federation to clients', () => {
    expect(composition.apiSdl).not.toMatch(
      /join__|link__|_Entity|_Service|_Any|FieldSet|@key|@shareable|@link/,
    )
  })
})

/** Returns the real schemas with one of them changed. */
function changed(name: string, from: string | RegExp, to: string): SubgraphSchema[] {
  return readSubgraphSchemas().map((fragment) => {
    if (fragment.name !== name) return fragment
    const sdl = fragment.sdl.replace(from, to)
    if (sdl === fragment.sdl) throw new Error(`${String(from)} is not in the fragment of ${name}`)
    return { ...fragment, sdl }
  })
}

function findProblems(fragments: readonly SubgraphSchema[]): string {
  try {
    composeSupergraph(fragments)
  } catch (error) {
    if (error instanceof CompositionError) return error.message
    throw error
  }
  return 'none'
}

describe('composition rejects', () => {
  it.each([
    ['a fragment that cannot be parsed', 'posts', 'type Query {', 'type Query {{', '[posts] schema.graphql:'],
    ['a type without a definition', 'posts', 'author: User', 'author: Usr', '[posts] Unknown type Usr'],
    ['an enum that differs between fragments', 'posts', '  CLOSED\n', '', 'INCONSISTENT_ENUM'],
    [
      'two owners of one field',
      'posts',
      /type User\n[^]*?\{\n/,
      '$&  "x"\n  handle: String!\n',
      'User.handle',
    ],
    [
      'two descriptions of one thing',
      'posts',
      'type PageInfo',
      '"Other words."\n$&',
      'INCONSISTENT_DESCRIPTION',
    ],
    [
      'another version of federation',
      'events',
      'federation/v2.12',
      'federation/v2.13',
      '[events] does not link',
    ],
    ['another shared type', 'posts', 'type PostEdge ', 'type PostEdge @shareable ', 'PostEdge is @shareable'],
    [
      'a field into another subgraph that is never null',
      'posts',
      'author: User',
      'author: User!',
      'Post.author: User!',
    ],
    [
      'a field added to a foreign type that is never null',
      'comments',
      'commentCount: Int',
      'commentCount: Int!',
      'Post.commentCount: Int!',
    ],
    [
      'a field without a description',
      'users',
      /"[^"]*"\n {2}bio: String/,
      'bio: String',
      'User.bio has no description',
    ],
  ])('%s', (_, name, from, to, problem) => {
    expect(findProblems(changed(name, from, to))).toContain(problem)
  })
})
