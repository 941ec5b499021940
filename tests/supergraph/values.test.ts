import { startSupergraph, type TestUser, type TestSupergraph } from '../support/supergraph'

let system: TestSupergraph
let person: TestUser
beforeAll(async () => {
  system = await startSupergraph({ NODE_ENV: 'production' })
  person = await system.signUp('ines')
})
afterAll(() => system.close())

const secret = 'correct horse battery staple'
const post = 'createPost(input: { title: "T", body: "B", publish: $v })'
const event =
  'createEvent(input: { title: "T", description: "D", startsAt: "2090-01-01T10:00:00Z", timeZone: "Europe/Lisbon", publish: $v })'

it.each([
  ['posts', 'query ($v: PostOrder) { posts(orderBy: $v) { nodes { id } } viewer { id } }', null],
  ['events', 'query ($v: EventOrder) { events(orderBy: $v) { nodes { id } } viewer { id } }', null],
  ['createPost', `mutation ($v: Boolean) { ${post} { userErrors { code } } }`, null],
  ['createEvent', `mutation ($v: Boolean) { ${event} { userErrors { code } } }`, null],
  [
    'registerForEvent',
    'mutation ($v: Int) { registerForEvent(input: { eventId: "evt_1", guestCount: $v }) { userErrors { code } } }',
    null,
  ],
  [
    'signOut',
    'mutation ($v: Boolean) { signOut(input: { refreshToken: "x", everywhere: $v }) { userErrors { code } } }',
    null,
  ],
  [
    'events',
    'query ($v: DateTime) { events(filter: { startsAfter: $v }) { nodes { id } } viewer { id } }',
    secret,
  ],
  ['events', `{ events(filter: { startsAfter: "${secret}" }) { nodes { id } } viewer { id } }`, undefined],
  ['events', '{ events(filter: { endsAfter: 7 }) { nodes { id } } viewer { id } }', undefined],
])(
  'rejects a value that only the subgraph validates with BAD_USER_INPUT at its path: %s %s',
  async (path, query, value) => {
    const { data, errors } = await system.send(query, value === undefined ? {} : { v: value }, person)
    expect(errors).toEqual([
      {
        message: expect.any(String),
        path: [path],
        extensions: expect.objectContaining({ code: 'BAD_USER_INPUT' }),
      },
    ])
    expect(JSON.stringify(errors)).not.toContain('horse')
    // The data of another subgraph is present.
    if (query.includes('viewer')) expect(data).toEqual({ [path]: null, viewer: { id: person.id } })
  },
)
