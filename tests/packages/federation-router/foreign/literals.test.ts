import {
  startForeignFederation,
  type ForeignFederation,
} from '../../../support/federation-router/foreignFederation'

// Parts of the client's document that Apollo's planner would change.

const directives = `directive @show(x: JSON) on FIELD | FRAGMENT_SPREAD | FRAGMENT_DEFINITION | INLINE_FRAGMENT | QUERY
  directive @note(x: Int) repeatable on FRAGMENT_SPREAD | FRAGMENT_DEFINITION | INLINE_FRAGMENT
  scalar JSON`

let federation: ForeignFederation
beforeAll(async () => {
  federation = await startForeignFederation({
    things: {
      typeDefs: `${directives}
        enum Color { RED }
        input Filter { json: JSON, jsons: [JSON!], color: Color }
        type Thing @key(fields: "id") { id: ID! name: String json(x: JSON): String }
        type Query { json(x: JSON, xs: [JSON], must: JSON!, f: Filter, c: Color): String  thing: Thing }`,
      resolvers: {
        JSON: { parseLiteral: ({ kind }: { kind: string }) => kind },
        Query: {
          json: (_: unknown, args: object) => JSON.stringify(args),
          thing: () => ({ id: '1', name: 'n' }),
        },
        Thing: { json: (_: unknown, { x }: { x: unknown }) => x },
      },
    },
    more: {
      typeDefs: `${directives} type Thing @key(fields: "id") { id: ID! more(x: JSON): String }`,
      resolvers: {
        Thing: {
          __resolveReference: (thing: unknown) => thing,
          more: (_: unknown, { x }: { x: unknown }) => x,
        },
      },
    },
  })
})
afterAll(() => federation.close())

/** Returns the operations that the subgraphs received. */
async function run(query: string, variables?: object) {
  federation.takeRequests()
  const { data, errors } = await federation.router.send(query, { variables })
  expect(errors).toBeUndefined()
  return { data, sent: federation.takeRequests().map((each) => each.query) }
}

describe('literals of custom scalars', () => {
  it.each([
    ['an enum value', 'json(x:RED must:GREEN)'],
    ['an enum value in an object', 'json(x:{a:RED b:[BLUE "RED"]}must:1)'],
    ['lists of the scalar', 'json(xs:[RED 1{a:[GREEN]}]must:[RED])'],
    ['a single value instead of a list', 'json(xs:RED must:null)'.replace('null', '[]')],
    ['fields of input objects', 'json(f:{json:RED jsons:[{a:RED}"x"]color:RED}c:RED must:{})'],
    ['a number with many digits', 'json(x:1.00000000000000000001 must:123456789012345678901)'],
  ])('are sent as they are: %s', async (_, field) => {
    const { sent } = await run(`{ ${field} }`)
    expect(sent).toEqual([`{${field}}`])
  })

  it('reach each subgraph as its own literal', async () => {
    const { data, sent } = await run('{ thing { json(x: RED) again: json(x: {a: RED}) more(x: RED) } }')
    expect(data).toEqual({ thing: { json: 'EnumValue', again: 'ObjectValue', more: 'RED' } })
    expect(sent).toHaveLength(2)
  })

  it('merge where a field is selected twice', async () => {
    const { data } = await run('{ thing { json(x: RED) ...F } } fragment F on Thing { json(x: RED) name }')
    expect(data).toEqual({ thing: { json: 'EnumValue', name: 'n' } })
  })

  it('may contain variables, whose definitions are sent', async () => {
    const query =
      'query ($y: JSON = GREEN, $literal0: JSON) { json(x: { a: $y, b: RED, c: $literal0 }, must: 1) thing { name } }'
    const { sent } = await run(query, { literal0: 3 })
    expect(sent).toEqual([
      'query($y:JSON=GREEN$literal0:JSON){json(x:{a:$y b:RED c:$literal0}must:1)thing{name}}',
    ])
  })

  it('may be default values', async () => {
    const { sent } = await run('query ($x: JSON = {a: RED}) { json(x: $x, must: 1) }')
    expect(sent).toEqual(['query($x:JSON={a:RED}){json(x:$x must:1)}'])
  })
})

describe('executable directives', () => {
  it('keep enum values', async () => {
    const { sent } = await run('query Q @show(x: RED) { thing { name @show(x: {a: RED}) } }')
    expect(sent[0]).toContain('@show(x:RED){thing{name@show(x:{a:RED})}}')
  })

  it.each([
    [
      '{ thing { ...F @show(x: 1) } } fragment F on Thing @show(x: 1) { name }',
      '{thing{...on Thing@show(x:1){name}}}',
    ],
    [
      '{ thing { ...F @note(x: 1) } } fragment F on Thing @note(x: 1) { name }',
      '{thing{...on Thing@note(x:1){name}}}',
    ],
    ['{ thing { ...F } } fragment F on Thing @show(x: 1) { name }', '{thing{...on Thing@show(x:1){name}}}'],
  ])('on a fragment and its spread are sent once: %s', async (query, expected) => {
    expect((await run(query)).sent).toEqual([expected])
  })

  it('that are repeatable are sent with each of their arguments', async () => {
    const { sent } = await run('{ thing { ...F @note(x: 1) } } fragment F on Thing @note(x: 2) { name }')
    expect(sent[0]?.match(/@note/g)).toHaveLength(2)
  })
})
