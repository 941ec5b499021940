import {
  buildSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isObjectType,
  parse,
  visit,
  type GraphQLArgument,
  type GraphQLInputField,
} from 'graphql'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { projectRoot } from '../../../packages/platform/config/projectRoot'
import { describeList, measurePages } from '../../support/listCost'
import type { TestSubgraph } from '../../support/subgraph'
import { comments } from './comments'
import { createCommunity, type Community, type ListCommunity } from './community'
import { events } from './events'
import { posts } from './posts'
import { users } from './users'

const subgraphs: Record<string, ListCommunity> = { posts, comments, events, users }
const maxExaminedPerRow = 3
const readText = (...path: string[]) => readFileSync(join(projectRoot, ...path), 'utf8')

/** Searches, whose work is limited in another way, and the arguments of pages. */
const unmeasured = [
  'Query.searchUsers',
  'search',
  'near',
  'latitude',
  'longitude',
  'radiusKm',
  'RELEVANCE',
  'first',
  'last',
  'after',
  'before',
]

describe('the lists that are measured', () => {
  it('are all lists of the API, in all orders and with all arguments', () => {
    const measured = new Set(Object.values(subgraphs).flatMap(({ lists }) => lists.flatMap(listParts)))
    const parts = listPartsOfSchema().filter(
      (part) => !part.split(' ').some((name) => unmeasured.includes(name)),
    )
    expect(parts.filter((part) => !measured.has(part))).toEqual([])
    expect(parts.length).toBeGreaterThan(40)
  })

  it('are documented if the database may examine more than three documents for a row', () => {
    const documentation = readText('docs', 'performance.md')
    const bounds = Object.values(subgraphs).flatMap(({ lists }) =>
      lists.flatMap(({ bound }) => bound?.description ?? []),
    )
    expect([...new Set(bounds)].filter((description) => !documentation.includes(description))).toEqual([])
  })
})

/** Returns the field of a list, and with it each argument, input field and enum value that its arguments contain. */
function listParts({ field, args = '' }: { field: string; args?: string }): string[] {
  const parts = [field]
  const addName = (name: string) => void parts.push(`${field} ${name}`)
  visit(parse(`{ list(first: 1, ${args}) }`), {
    Argument: ({ name }) => addName(name.value),
    ObjectField: ({ name }) => addName(name.value),
    EnumValue: ({ value }) => addName(value),
  })
  return parts
}

/** Returns the same of all lists of the API. */
function listPartsOfSchema(): string[] {
  const types = Object.values(buildSchema(readText('schema', 'api.graphql')).getTypeMap())
  const listNames = ({ name, type }: GraphQLArgument | GraphQLInputField): string[] => {
    const named = getNamedType(type)
    if (isEnumType(named)) return [name, ...named.getValues().map((value) => value.name)]
    return [name, ...(isInputObjectType(named) ? Object.values(named.getFields()).flatMap(listNames) : [])]
  }
  return types.flatMap((type) =>
    isObjectType(type)
      ? Object.values(type.getFields())
          .filter((field) => getNamedType(field.type).name.endsWith('Connection'))
          .flatMap((field) => {
            const coordinate = `${type.name}.${field.name}`
            return [coordinate, ...field.args.flatMap(listNames).map((name) => `${coordinate} ${name}`)]
          })
      : [],
  )
}

const describeIfFull = process.env['FULL'] === '1' ? describe : describe.skip

describeIfFull('in a large community, few documents and keys are examined for each row of', () => {
  let community: Community
  beforeAll(() => {
    community = createCommunity()
  })

  describe.each(Object.entries(subgraphs))('%s:', (_, { start, lists }) => {
    let subgraph: TestSubgraph
    beforeAll(async () => {
      subgraph = await start(community)
    }, 600_000)
    afterAll(() => subgraph.close())

    it.each(lists.map((list) => [describeList(list), list] as const))('%s', async (_title, list) => {
      const pages = await measurePages(subgraph, list)
      // Several conditions may select nothing.
      if (!list.bound) expect(pages[0]?.rows).toBeGreaterThan(0)
      const maxExamined = (rows: number) => list.bound?.examined ?? maxExaminedPerRow * Math.max(1, rows)
      expect(pages.filter(({ rows, examined }) => examined > maxExamined(rows))).toEqual([])
    })
  })
})
