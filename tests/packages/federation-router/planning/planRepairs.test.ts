import { parse, validate } from 'graphql'

import type { FetchNode, QueryPlan } from '../../../../packages/federation-router/planning/apolloPlanner'
import { createPlanner } from '../../../../packages/federation-router/planning/planner'
import { listFetches } from '../../../../packages/federation-router/planning/planVisitor'
import { createPlanRepairs } from '../../../../packages/federation-router/planning/planRepairs'
import {
  composeSupergraph,
  startFederation,
  type InMemoryFederation,
  type InMemorySubgraphs,
} from '../../../support/inMemoryFederation'
import { composeOverlappingSchema } from '../../../support/random/federatedSchema'
import { beacons, ships, towers } from '../../../support/federation-router/planRepairSubgraphs'

function plan(subgraphs: InMemorySubgraphs, operation: string): FetchNode[] {
  const planner = createPlanner(composeSupergraph(subgraphs))
  return listFetches(planner.plan(parse(operation), undefined).node).map(({ node }) => node)
}

describe('a supergraph that needs no repair', () => {
  const sdl = composeSupergraph({ only: { typeDefs: `type Query { one: Int }` } })

  test('is not changed', () => {
    const repairs = createPlanRepairs(sdl)
    expect(repairs.supergraphSdl).toBe(sdl)
    expect(repairs.hasSubstituteFields).toBe(false)
  })

  test('has plans that are not changed', () => {
    const before: QueryPlan = { kind: 'QueryPlan' }
    expect(createPlanRepairs(sdl).repairPlan(before, parse('{ one }'), undefined)).toBe(before)
  })
})

describe('a fragment of the client with a condition', () => {
  test('does not lead to a fetch with an undeclared variable', () => {
    const { supergraph, api } = composeOverlappingSchema()
    const planner = createPlanner(supergraph)
    const operation = `
      query ($on: Boolean = true) { media { ...F id } }
      fragment F on Item { ... on Ad { title @include(if: $on) } ... on Record { __typename } }`
    const [fetch] = listFetches(planner.plan(parse(operation), undefined).node)
    expect(validate(api, parse(fetch?.node.operation ?? ''))).toEqual([])
  })
})

describe('@requires with arguments', () => {
  let federation: InMemoryFederation
  beforeAll(async () => {
    federation = await startFederation(towers)
  })

  test('adds no fields to the schema of clients', () => {
    const planner = createPlanner(federation.supergraphSdl)
    expect(Object.keys(planner.apiSchema.getQueryType()?.getFields() ?? {})).toEqual(['towers'])
    const tower = planner.apiSchema.getType('Tower')
    expect(tower?.toString()).toBe('Tower')
    expect(JSON.stringify(tower?.astNode ?? tower)).not.toContain('__required_')
    expect(() => planner.plan(parse('{ towers { height(unit: "ft") } }'), undefined)).not.toThrow()
  })

  test('selects the required field under an alias, and sends it under its name', () => {
    const [owner, other] = plan(towers, '{ towers { feet } }')
    expect(owner?.operation).toMatch(/height__required_\d:height\(unit:"ft"\)/)
    expect(other?.inputRewrites).toEqual([
      {
        kind: 'KeyRenamer',
        path: ['... on Tower', expect.stringMatching(/^height__required_/)],
        renameKeyTo: 'height',
      },
    ])
  })

  test.each([
    ['beside the same field with another argument', '{ towers { height(unit: "m") feet } }'],
    ['beside the same field with the same argument', '{ towers { height(unit: "ft") feet } }'],
    ['twice, with different arguments', '{ towers { metres feet } }'],
    ['with an argument, and without', '{ towers { feet plain } }'],
    ['without an argument, beside the same field with one', '{ towers { plain height(unit: "ft") } }'],
    [
      'without an argument, and the field under its own name',
      '{ towers { height: height(unit: "ft") plain } }',
    ],
    ['of lists of entities', '{ towers { bells(first: 1) { id } chord } }'],
    ['of lists of entities, twice', '{ towers { chord peal bells(first: 1) { tone } } }'],
    ['all at once', '{ towers { id note plain metres feet chord peal height } }'],
    ['in fragments', '{ towers { ...F metres } } fragment F on Tower { feet ... on Tower { note } }'],
    ['under aliases', '{ towers { a: metres b: feet c: feet(prefix: "c ") } }'],
  ])('%s', async (_name, query) => {
    const { data, errors } = await federation.executeOnAgora(query)
    expect(errors).toBeUndefined()
    expect(data.towers).toMatchObject(
      [1, 2].map((factor) => expected(Object.keys(data.towers[0] as object), query, factor)),
    )
  })

  test('sends each fetch with the variables that it uses, and no others', async () => {
    const query = 'query ($a: String, $b: String) { towers { metres(prefix: $a) feet(prefix: $b) } }'
    const { data, errors } = await federation.executeOnAgora(query, { a: 'A ', b: 'B ' })
    expect(errors).toBeUndefined()
    expect(data.towers[0]).toEqual({ metres: 'A 100 m', feet: 'B 328 ft' })
  })

  test('keeps a required field separate from a client field with a variable', async () => {
    const query = 'query ($unit: String) { towers { plain height(unit: $unit) } }'
    const { data, errors } = await federation.executeOnAgora(query, { unit: 'ft' })
    expect(errors).toBeUndefined()
    expect(data.towers[0]).toEqual({ plain: 'plain 100', height: 328 })
  })

  test('does not fetch a field that a condition excludes', async () => {
    const query = 'query ($on: Boolean!) { towers { metres feet @include(if: $on) } }'
    expect((await federation.executeOnAgora(query, { on: false })).data.towers[1]).toEqual({
      metres: '200 m',
    })
    expect((await federation.executeOnAgora(query, { on: true })).data.towers[1]).toEqual({
      metres: '200 m',
      feet: '656 ft',
    })
  })

  test('accepts aliases that are names of substitute fields', async () => {
    const query = '{ towers { height__required_0: id height__required_1: note height: id metres feet } }'
    const { data, errors } = await federation.executeOnAgora(query)
    expect(errors).toBeUndefined()
    expect(data.towers[0]).toEqual({
      height__required_0: 't1',
      height__required_1: 'a note',
      height: 't1',
      metres: '100 m',
      feet: '328 ft',
    })
  })

  test('splits a fetch only for fields that require different values', () => {
    const count = (query: string) =>
      plan(towers, query).filter(({ serviceName }) => serviceName === 'labels').length
    expect(count('{ towers { metres note } }')).toBe(1)
    expect(count('{ towers { a: metres b: metres(prefix: "b") note } }')).toBe(1)
    expect(count('{ towers { metres feet note } }')).toBe(2)
    expect(count('{ towers { metres feet plain note } }')).toBe(3)
  })

  function expected(keys: readonly string[], query: string, factor: number): Record<string, unknown> {
    const all: Record<string, unknown> = {
      height: query.includes('height(unit: "ft")') ? 328 * factor : 100 * factor,
      plain: `plain ${100 * factor}`,
      metres: `${100 * factor} m`,
      feet: `${328 * factor} ft`,
      a: `${100 * factor} m`,
      b: `${328 * factor} ft`,
      c: `c ${328 * factor} ft`,
      chord: 'tone of b1,tone of b2',
      peal: 'tone of b1,tone of b2,tone of b3',
      bells: [{}],
      note: 'a note',
      id: `t${factor}`,
    }
    return Object.fromEntries(keys.map((key) => [key, all[key]]))
  }
})

describe('an unresolvable key', () => {
  test('is not used by the plan', () => {
    const back = plan(ships, '{ ships { title } }').at(-1)
    expect(back?.serviceName).toBe('yard')
    expect(JSON.stringify(back?.requires)).not.toContain('hull')
  })

  test('does not prevent the field from being resolved', async () => {
    const { data, errors } = await (await startFederation(ships)).executeOnAgora('{ ships { title } }')
    expect(errors).toBeUndefined()
    expect(data).toEqual({ ships: [{ title: 's1 under blue' }] })
  })
})

describe('an interface without an object type', () => {
  const planner = createPlanner(composeSupergraph(beacons))

  test.each([
    '{ beacon { colour } }',
    '{ count beacon { colour } }',
    '{ count ...F } fragment F on Query { b: beacon { colour } }',
    'query ($on: Boolean!) { count beacon @include(if: $on) { colour } }',
    'query ($on: Boolean!) { count ... @skip(if: $on) { b: beacon @include(if: true) { colour } } }',
    'query ($on: Boolean!) { count ...F @include(if: $on) } fragment F on Query { beacon { colour } }',
    '{ harbour { beacon { colour } } }',
    '{ harbour { name beacon { colour } } }',
    'query ($on: Boolean!) { harbour { name ... @skip(if: $on) { beacon @skip(if: $on) { colour } } } }',
    '{ harbour { name ...F } } fragment F on Place { id ... on Harbour { beacon { colour } } }',
    '{ place { id beacon { colour } } }',
    '{ place { id ... on Island { name beacon { colour } } } }',
    '{ somewhere { ... on Harbour { name } ... on Island { a: name beacon { colour } } } }',
    'mutation { build { name beacon { colour } } }',
  ])('rejects an operation whose fields the planner drops: %s', (query) => {
    expect(() => planner.plan(parse(query), undefined)).toThrow(/No subgraph can resolve .*"beacon"/)
  })

  test.each([
    '{ beacon { id colour } }',
    '{ beacon { __typename colour } }',
    'query ($on: Boolean!) { beacon { id colour @include(if: $on) } }',
    '{ harbour { name beacon { id colour } } }',
    '{ harbour { name beacons { id hue: colour } } }',
    '{ harbour { name beacon { id other { id colour } } } }',
    'mutation { light { id colour } }',
  ])('rejects an operation if the planner drops one field: %s', (query) => {
    expect(() => planner.plan(parse(query), undefined)).toThrow(/No subgraph can resolve .*"(colour|other)"/)
  })

  test.each([
    '{ __typename }',
    '{ count __typename }',
    '{ beacon { id } }',
    '{ light { id colour } }',
    '{ beacon @skip(if: true) { colour } }',
    '{ harbour { name beacon { id } beacons { id __typename } nearest { id colour } } }',
    '{ a: harbour { b: beacon { c: id } } place { ... on Harbour { name beacon { id } } id } }',
    '{ somewhere { ... on Harbour { name beacon { id } } ... on Island { name beacon { id } } } }',
    '{ somewhere { ... on Harbour { beacon { other { id } } } ... on Island { beacon { id } } } }',
    'query ($on: Boolean!) { harbour { name beacon @include(if: $on) { id } nearest @skip(if: $on) { colour } } }',
    'query ($on: Boolean!) { count beacon @include(if: $on) @skip(if: $on) { colour } }',
    'query ($on: Boolean!) { harbour @skip(if: $on) { name ... @include(if: $on) { beacon { colour } } } }',
  ])('plans other operations: %s', (query) => {
    expect(() => planner.plan(parse(query), undefined)).not.toThrow()
  })

  test('executes the operations that can be planned', async () => {
    const { data, errors } = await (
      await startFederation(beacons)
    ).executeOnAgora('{ light { id colour } count harbour { nearest { id colour } beacons { id } } }')
    expect(errors).toBeUndefined()
    expect(data).toEqual({
      light: { id: 'l1', colour: 'red' },
      count: 3,
      harbour: { nearest: { id: 'l2', colour: 'green' }, beacons: [] },
    })
  })
})
