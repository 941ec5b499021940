import {
  buildSchema,
  getIntrospectionQuery,
  getOperationAST,
  parse,
  type OperationDefinitionNode,
} from 'graphql'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { readFieldSubgraphs } from '../../../../packages/federation-router/supergraph/fieldSubgraphs'
import { computeCost } from '../../../../packages/federation-router/limits/cost'
import { computePlanningCost } from '../../../../packages/federation-router/limits/planningCost'
import { fragmentsByName } from '../../../../packages/federation-router/planning/selections'
import { countDirectives } from '../../../../packages/federation-router/limits/operationLimits'
import { projectRoot } from '../../../../packages/platform/config/projectRoot'
import { startShop, type RunningShop } from '../../../support/federation-router/testRouter'
import { expectDurationBelow } from '../../../support/duration'

let shop: RunningShop
beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.close())

const readCode = async (query: string, variables?: object) => {
  const before = Object.values(shop.subgraphs).flatMap(({ requests }) => requests).length
  const { errors } = await shop.router.send(query, { variables })
  const after = Object.values(shop.subgraphs).flatMap(({ requests }) => requests).length
  return { code: errors?.[0]?.extensions['code'], hasFetched: after > before }
}
const refused = { code: 'QUERY_TOO_COMPLEX', hasFetched: false }
const accepted = { code: undefined, hasFetched: true }

const nested = (levels: number): string =>
  levels === 0 ? 'id' : `author { books(first: 1) { nodes { ${nested(levels - 1)} } } }`

/** Returns a document with two spreads in each fragment: a few lines with 2^levels fields. */
const doubling = (levels: number): string =>
  [
    '{ books { nodes { ...F0 } } }',
    ...Array.from(
      { length: levels },
      (_, level) =>
        `fragment F${level} on Book { a: author { books { nodes { ...F${level + 1} } } } b: author { books { nodes { ...F${level + 1} } } } }`,
    ),
    `fragment F${levels} on Book { id }`,
  ].join('\n')

describe('refuses an operation before it is planned', () => {
  it.each([
    ['that is too deep', `{ books { nodes { ${nested(5)} } } }`],
    ['with too many aliases', `{ ${Array.from({ length: 101 }, (_, n) => `a${n}: me { id }`).join(' ')} }`],
    ['with too many directives', `{ me { ${'id @include(if: true) '.repeat(51)} } }`],
    ['with too many fields after the expansion of fragments', doubling(4)],
    [
      'that can return 100 x 100 x 100 objects',
      '{ books(first: 100) { nodes { author { books(last: 100) { nodes { reviews(first: 100) { nodes { text } } } } } } } }',
    ],
    [
      'with introspection under many aliases',
      `{ ${Array.from({ length: 90 }, (_, n) => `a${n}: __schema { types { fields { args { name } type { fields { name args { name } } } } } }`).join(' ')} }`,
    ],
    [
      'with nested introspection under many aliases',
      `{ __schema { types { ${Array.from({ length: 90 }, (_, n) => `a${n}: fields { type { fields { name args { name } } } }`).join(' ')} } } }`,
    ],
  ])('%s', async (_what, query) => {
    expect(await readCode(query)).toEqual(refused)
  })

  it('that is too costly with the values of its variables', async () => {
    const query =
      'query ($n: Int = 100) { books(first: $n) { nodes { author { books(first: $n) { nodes { reviews(first: $n) { nodes { text } } } } } } } }'
    expect(await readCode(query)).toEqual(refused)
    expect(await readCode(query, { n: 100 })).toEqual(refused)
    expect(await readCode(query, { n: 5 })).toEqual(accepted)
  })

  it('with too many tokens', async () => {
    expect(await readCode(`{ me { ${'id '.repeat(4000)} } }`)).toEqual({
      code: 'GRAPHQL_PARSE_FAILED',
      hasFetched: false,
    })
  })

  it('within a short time', async () => {
    const start = performance.now()
    await readCode(doubling(60))
    await readCode(`{ me { ${'id '.repeat(3990)} } }`)
    await readCode(`{ ${'me { id } '.repeat(990)} }`)
    expectDurationBelow(5_000, start)
  })
})

it('counts directives in all locations', () => {
  const document = parse(`
    query ($first: Int @one, $id: ID = "1") @two {
      books(first: $first) @three { ... @four { nodes { id @five @six } } ...Book @seven }
      person(id: $id) { ... on Person { name @eight } }
    }
    fragment Book on BookConnection @nine { nodes { title @ten } }
    { me { id @eleven } }`)
  expect(countDirectives(document)).toBe(11)
})

it('refuses with status 400 for a client that accepts application/graphql-response+json', async () => {
  const { status } = await shop.router.send(doubling(4), {
    headers: { accept: 'application/graphql-response+json' },
  })
  expect(status).toBe(400)
})

it('accepts the introspection query', async () => {
  const query = getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true, specifiedByUrl: true })
  const { data, errors } = await shop.router.send(query)
  expect(errors).toBeUndefined()
  expect(data.__schema.types.length).toBeGreaterThan(5)
})

describe('the cost of operations for which the contract is designed', () => {
  const schema = buildSchema(readFileSync(join(projectRoot, 'schema', 'api.graphql'), 'utf8'))
  const cost = (query: string, variables = {}) => {
    const document = parse(query)
    const operation = getOperationAST(document)
    if (!operation) throw new Error('No operation')
    return computeCost(
      { operation, fragments: fragmentsByName(document) },
      { schema, variables, maxPageSize: 100 },
    )
  }

  it.each([
    [
      'the feed',
      '{ posts(first: 100) { nodes { title author { handle } commentCount comments(first: 5) { nodes { body author { handle } } } } } }',
      // The connection; 100 posts with an author and a connection of 5 comments with an author.
      1 + 100 * (1 + 1 + 1 + 5 * 2),
    ],
    [
      'events',
      '{ events(first: 100) { nodes { organizer { handle } viewerRegistration { status } posts(first: 3) { nodes { title } } } } }',
      1 + 100 * (1 + 1 + 1 + 1 + 3),
    ],
    [
      '100 x 100',
      '{ posts(first: 100) { edges { node { comments(first: 100) { nodes { author { id } } } } } pageInfo { endCursor } } }',
      1 + 100 * (1 + 1 + 1 + 100 * 2) + 1,
    ],
    ['a list without a size argument', '{ viewer { posts { nodes { id } } } }', 1 + 1 + 20],
    [
      'fragments that select the same fields',
      '{ post(id: "x") { ...A ...B author { id } } } fragment A on Post { author { handle } } fragment B on Post { ... on Post { author { bio } } }',
      2,
    ],
    ['a page larger than the maximum', '{ posts(first: 1000000) { nodes { id } } }', 101],
  ])('%s', (_what, query, expected) => {
    expect(cost(query)).toBe(expected)
    expect(expected).toBeLessThan(50_000)
  })
})

describe('the planning cost', () => {
  const readText = (...path: string[]) => readFileSync(join(projectRoot, ...path), 'utf8')
  const schema = buildSchema(readText('schema', 'api.graphql'))
  const getFieldSubgraphs = readFieldSubgraphs(readText('schema', 'supergraph.graphql'))
  const readPlanningCosts = (text: string) => {
    const document = parse(text)
    return document.definitions
      .filter((each): each is OperationDefinitionNode => each.kind === 'OperationDefinition')
      .map((operation) =>
        computePlanningCost({ operation, fragments: fragmentsByName(document) }, schema, getFieldSubgraphs),
      )
  }

  it.each([
    ['is the number of fields for one subgraph', '{ viewer { handle bio } }', 3],
    ['grows with the subgraphs that the fields need', '{ post(id: "p") { title author { handle } } }', 4 * 2],
    [
      'counts a fragment for each spread',
      '{ a: viewer { ...F } b: viewer { ...F } } fragment F on User { handle bio }',
      2 * 3,
    ],
    ['ignores introspection', '{ __schema { types { name } } viewer { handle __typename } }', 2],
    [
      'counts a root field of a mutation again for each one after it',
      'mutation { a: signOut { userErrors { code } } b: signOut { userErrors { code } } c: signOut { userErrors { code } } }',
      3 + 6 + 9,
    ],
  ])('%s', (_what, text, expected) => {
    expect(readPlanningCosts(text)).toEqual([expected])
  })

  it('is below a twentieth of the limit for each operation of the client', () => {
    const files = readdirSync(join(projectRoot, 'client', 'operations'))
    const costs = readPlanningCosts(files.map((file) => readText('client', 'operations', file)).join('\n'))
    expect(costs.length).toBeGreaterThan(30)
    expect(Math.max(...costs)).toBeLessThan(20_000 / 20)
  })
})

it('counts the subgraphs that a fragment needs for each spread', () => {
  const schema = buildSchema('type Query { a: T b: T } type T { x: Int }')
  const document = parse('{ a { ...F } b { ...F } } fragment F on T { x }')
  const operation = getOperationAST(document)
  if (!operation) throw new Error('The document has an operation.')
  const owners: Record<string, string[]> = { 'Query.a': ['A'], 'Query.b': ['B'], 'T.x': ['A', 'C'] }
  const getFieldSubgraphs = (type: string, field: string) => owners[`${type}.${field}`] ?? []
  // Four fields, and C for the field below b.
  expect(
    computePlanningCost({ operation, fragments: fragmentsByName(document) }, schema, getFieldSubgraphs),
  ).toBe(4 * 3)
})
