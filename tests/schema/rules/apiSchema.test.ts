import { buildSchema, isObjectType } from 'graphql'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { findApiSchemaProblems } from '../../../schema/rules/apiSchema'
import { idPrefixes } from '../../../schema/ids'
import { projectRoot } from '../../../packages/platform/config/projectRoot'

const api = buildSchema(readFileSync(join(projectRoot, 'schema', 'api.graphql'), 'utf8'))

it('finds no problem in the API', () => {
  expect(findApiSchemaProblems(api)).toEqual([])
})

it('has a different ID prefix for every Node type', () => {
  const nodes = Object.values(api.getTypeMap()).filter(
    (type) => isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node'),
  )
  expect(nodes.map(({ name }) => name).sort()).toEqual(Object.keys(idPrefixes).sort())
  expect(new Set(Object.values(idPrefixes)).size).toBe(nodes.length)
})

// A small API that follows every rule; each case breaks one.
const base = `
  "d" type Query { "d" thing("d" id: ID!): Thing "d" things("d" first: Int "d" after: String "d" last: Int "d" before: String): ThingConnection }
  "d" type Mutation { "d" addThing("d" input: AddThingInput!): AddThingPayload }
  "d" interface Node { "d" id: ID! }
  "d" type Thing implements Node { "d" id: ID! "d" kind: Kind! }
  "d" enum Kind { "d" GOOD_ONE }
  "d" type ThingConnection { "d" edges: [ThingEdge!]! "d" nodes: [Thing!]! "d" pageInfo: PageInfo! "d" totalCount: Int }
  "d" type ThingEdge { "d" cursor: String! "d" node: Thing! }
  "d" type PageInfo { "d" hasNextPage: Boolean! }
  "d" input AddThingInput { "d" kind: Kind! }
  "d" type AddThingPayload { "d" thing: Thing "d" userErrors: [UserError!]! }
  "d" type UserError { "d" message: String! }
`

it('finds no problem in the small API', () => {
  expect(findApiSchemaProblems(buildSchema(base))).toEqual([])
})

it.each([
  ['"d" type Thing', 'type Thing', 'Thing has no description'],
  ['"d" kind: Kind! }\n  "d" enum', 'kind: Kind! }\n  "d" enum', 'Thing.kind has no description'],
  ['"d" kind: Kind! }\n  "d" type', 'kind: Kind! }\n  "d" type', 'AddThingInput.kind has no description'],
  ['"d" GOOD_ONE', 'GOOD_ONE', 'Kind.GOOD_ONE has no description'],
  ['"d" id: ID!)', 'id: ID!)', 'Query.thing(id:) has no description'],
  ['GOOD_ONE', 'goodOne', 'Kind.goodOne must be in UPPER_CASE'],
  ['"d" message', '"d" Message', 'UserError.Message must be in camelCase'],
  [
    '"d" type PageInfo',
    '"d" enum join__Graph { "d" A }\n"d" type PageInfo',
    'join__Graph must not show in the API',
  ],
  ['"d" type PageInfo', 'directive @tag on OBJECT\n"d" type PageInfo', '@tag must not show in the API'],
  ['): Thing ', '): Thing! ', 'Query.thing must be nullable'],
  ['implements Node', '', 'Thing has an id, and must implement Node'],
  ['"d" id: ID!)', '"d" key: ID!)', 'Query.thing(key:) takes an ID'],
  ['"d" last: Int', '', 'Query.things is a connection, and must take last: Int'],
  ['first: Int', 'first: Int = 20', 'Query.things is a connection, and must take first: Int'],
  ['): ThingConnection', '): ThingConnection!', 'Query.things is a connection, and must be nullable'],
  ['): ThingConnection', '): [Thing!]', 'Query.things is a list of Thing'],
  ['"d" totalCount: Int', '', 'ThingConnection.totalCount must be Int'],
  ['"d" node: Thing!', '"d" node: Thing', 'ThingEdge.node must be Thing!'],
  [
    'input: AddThingInput!',
    'input: AddThingInput',
    'Mutation.addThing must take (input: AddThingInput!) alone',
  ],
  ['"d" input: AddThingInput!', '"d" input: AddThingInput! "d" x: Int', 'Mutation.addThing must take'],
  ['): AddThingPayload', '): AddThingPayload!', 'Mutation.addThing must return AddThingPayload, not'],
  ['): AddThingPayload', '): Thing', 'Mutation.addThing must return AddThingPayload, not Thing'],
  [
    'userErrors: [UserError!]!',
    'userErrors: [UserError!]',
    'AddThingPayload.userErrors must be [UserError!]!',
  ],
  ['"d" thing: Thing "d" user', '"d" thing: Thing! "d" user', 'AddThingPayload.thing must be nullable'],
])('finds the problem when %j becomes %j', (from, to, problem) => {
  expect(base).toContain(from)
  expect(findApiSchemaProblems(buildSchema(base.replace(from, to)))).toContainEqual(
    expect.stringContaining(problem),
  )
})
