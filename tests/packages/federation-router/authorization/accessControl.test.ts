import { openEventSource } from '../../../support/federation-router/eventSource'
import {
  composeForeign,
  startForeignFederation,
  type ForeignFederation,
  type ForeignSubgraphs,
} from '../../../support/federation-router/foreignFederation'
import { startFakeEndpoint } from '../../../support/fakeEndpoint'
import { readParts } from '../../../support/federation-router/readParts'
import { startRouter } from '../../../support/federation-router/testRouter'
import {
  createTestKey,
  environmentFor,
  signToken,
  startTokenIssuer,
  type TokenIssuer,
} from '../../../support/federation-router/tokenIssuer'
import { waitUntil } from '../../../support/processes'
import { mergeParts } from '../../../support/random/mergeParts'
import { readFileSync } from 'node:fs'
import { createAuthorizer } from '../../../../packages/federation-router/authorization/authorizer'
import { createPolicyHook } from '../../../../packages/federation-router/authorization/policyHook'
import { createPlanner } from '../../../../packages/federation-router/planning/planner'
import { createLog } from '../../../../packages/platform/log'

const key = createTestKey('key')
const bearer = (claims: object = {}) => ({
  authorization: `Bearer ${signToken(key, { sub: 'u1', sid: 's1', role: 'MEMBER', ver: 0, ...claims })}`,
})
const scope = (value: unknown) => bearer({ scope: value })

const people = [
  {
    __typename: 'Person',
    id: '1',
    name: 'Ada',
    email: 'ada@a.test',
    salary: 9,
    mood: 'SAD',
    home: { city: 'Rome' },
  },
  { __typename: 'Person', id: '2', name: 'Bo', email: 'bo@a.test', salary: 8, mood: 'HAPPY', home: null },
]
const things = () => [robot, { __typename: 'Secret', code: 'c', other: 1 }]
const robot = { __typename: 'Robot', id: 'r', name: 'R2', model: 'x' }

const subgraphs: ForeignSubgraphs = {
  people: {
    typeDefs: `
      interface Named { id: ID! name: String contact: String }
      type Person implements Named @key(fields: "id") {
        id: ID! name: String
        contact: String @authenticated
        email: String @authenticated
        must: String! @authenticated
        salary: Int @requiresScopes(scopes: [["salary:read", "people:read"], ["role:admin"]])
        review: String @policy(policies: [["hr", "senior"], ["self"]])
        mood: Mood
        home: Home
        friends: [Person!]
      }
      type Robot implements Named { id: ID! name: String contact: String model: String }
      type Secret @authenticated { code: String other: Int }
      type Home { city: String street: String @authenticated }
      enum Mood @requiresScopes(scopes: [["mood"]]) { HAPPY SAD }
      scalar Money @authenticated
      union Thing = Robot | Secret
      type Query {
        me: Person!  person(id: ID!): Person  people: [Person]  named: [Named]  things: [Thing]  mustThings: [Thing!]!  secret: Secret  balance: Money
        vault: String @authenticated
      }
      type Mutation { rename(name: String!): String  fire: Boolean! @authenticated  recruit: Person }
      type Subscription { moved: Person  leaked: String @authenticated }`,
    resolvers: {
      Query: {
        me: () => people[0],
        person: (_: unknown, { id }: { id: string }) => people.find((each) => each.id === id),
        people: () => people,
        named: () => [...people, robot],
        things,
        mustThings: things,
        secret: () => ({ code: 'c', other: 1 }),
        balance: () => 12,
        vault: () => 'gold',
      },
      Person: {
        __resolveReference: ({ id }: { id: string }) => people.find((each) => each.id === id),
        must: () => 'm',
        contact: () => 'c',
        review: () => 'good',
        friends: () => people,
      },
      Mutation: {
        rename: (_: unknown, { name }: { name: string }) => renamed.push(name) && name,
        fire: () => true,
        recruit: () => people[1],
      },
      Subscription: {
        moved: {
          subscribe: async function* () {
            yield { moved: people[0] }
          },
        },
        leaked: {
          subscribe: async function* () {
            yield { leaked: 'no' }
          },
        },
      },
    },
  },
  payroll: {
    typeDefs: `
      type Person @key(fields: "id") {
        id: ID!
        salary: Int @external
        bonus: Int @requires(fields: "salary") @requiresScopes(scopes: [["salary:read", "people:read"], ["role:admin"]])
        desk: String
      }
      type Query { payroll: Int }`,
    resolvers: {
      Person: {
        __resolveReference: (reference: unknown) => reference,
        bonus: ({ salary }: { salary: number }) => salary * 2,
        desk: ({ id }: { id: string }) => `desk ${id}`,
      },
    },
  },
}
const renamed: string[] = []

let issuer: TokenIssuer
let federation: ForeignFederation
let policies: Awaited<ReturnType<typeof startFakeEndpoint>>
let respondToPolicies: () => { status?: number; body: unknown } | Promise<{ body: unknown }>
let environment: Record<string, string>

beforeAll(async () => {
  issuer = await startTokenIssuer([key.jwk])
  policies = await startFakeEndpoint(() => respondToPolicies())
  environment = { ...environmentFor(issuer), POLICY_URL: policies.url }
  federation = await startForeignFederation(subgraphs, environment)
})
afterAll(async () => {
  await federation.close()
  await policies.close()
  await issuer.close()
})
beforeEach(() => {
  respondToPolicies = () => ({ body: { policies: [] } })
  policies.received.length = 0
  renamed.length = 0
  federation.takeRequests()
})

const code = 'UNAUTHORIZED_FIELD_OR_TYPE'

async function run(query: string, headers: Record<string, string> = {}) {
  const { data, errors = [], status } = await federation.router.send(query, { headers })
  return {
    status,
    data,
    errors: errors.map(({ path, extensions }) => [path?.join('.'), extensions['code']]),
    queries: federation.takeRequests().map((each) => each.query),
  }
}

describe('@authenticated', () => {
  it('removes a field before planning, and answers null with one error', async () => {
    const { queries, ...outcome } = await run('{ me { name email } }')
    expect(outcome).toEqual({
      status: 200,
      data: { me: { name: 'Ada', email: null } },
      errors: [['me.email', code]],
    })
    expect(queries).toEqual([expect.not.stringContaining('email')])
  })

  it('answers a signed-in viewer, each time', async () => {
    for (let index = 0; index < 3; index++)
      expect(await run('{ me { name email } }', bearer())).toMatchObject({
        data: { me: { email: 'ada@a.test' } },
        errors: [],
      })
    expect(await run('{ me { name email } }')).toMatchObject({ data: { me: { email: null } } })
  })

  it('keeps aliases and the order of the response', async () => {
    const { router } = federation
    const { text } = await router.send('{ x: me { mail: email a: name } }')
    expect(text).toContain('"data":{"x":{"mail":null,"a":"Ada"}}')
  })

  it('reports one error for a field of a list, whose path ends before the list', async () => {
    const { data, errors } = await run('{ people { id email } }')
    expect(data).toEqual({
      people: [
        { id: '1', email: null },
        { id: '2', email: null },
      ],
    })
    expect(errors).toEqual([['people', code]])
  })

  it('reports no error for a field that is skipped, or has no object', async () => {
    expect(await run('{ me { name email @skip(if: true) } }')).toMatchObject({
      data: { me: { name: 'Ada' } },
      errors: [],
    })
    expect(await run('{ person(id: "none") { email } }')).toMatchObject({
      data: { person: null },
      errors: [],
    })
  })

  it('propagates the null of a non-null field to its parent', async () => {
    expect(await run('{ person(id: "1") { name must } }')).toMatchObject({
      data: { person: null },
      errors: [['person.must', code]],
    })
    expect(await run('{ me { must } }')).toMatchObject({ data: null, errors: [['me.must', code]] })
  })

  it('restricts fields of a restricted type, and lists of it', async () => {
    expect(await run('{ secret { code } me { id } }')).toMatchObject({
      data: { secret: null, me: { id: '1' } },
      errors: [['secret', code]],
    })
    expect(await run('{ balance }')).toMatchObject({
      data: { balance: null },
      errors: [['balance', code]],
      queries: [],
    })
    expect(await run('{ balance secret { code } }', bearer())).toMatchObject({
      data: { balance: 12, secret: { code: 'c' } },
    })
  })

  it('removes a field that returns a restricted type, also when only __typename is selected', async () => {
    expect(await run('{ secret { __typename } }')).toMatchObject({ data: { secret: null }, queries: [] })
    expect(await run('{ __typename vault }')).toMatchObject({
      data: { __typename: 'Query', vault: null },
      queries: [],
    })
  })

  it('keeps an object whose only fields are removed', async () => {
    expect(await run('{ me { home { street } } }')).toMatchObject({
      data: { me: { home: { street: null } } },
      errors: [['me.home.street', code]],
    })
  })
})

describe('interfaces, unions and fragments', () => {
  it('restrict a field of an interface as each of its implementations', async () => {
    const { data, errors, queries } = await run('{ named { name contact } }')
    expect(data).toEqual({ named: ['Ada', 'Bo', 'R2'].map((name) => ({ name, contact: null })) })
    expect(errors).toEqual([['named', code]])
    expect(queries.join()).not.toContain('contact')
  })

  it('do not restrict the field of an implementation that is open', async () => {
    const query = '{ named { ... on Robot { contact model } ... on Person { contact } } }'
    const { data } = await run(query)
    expect(data).toEqual({ named: [{ contact: null }, { contact: null }, { contact: null, model: 'x' }] })
  })

  it.each([
    ['an inline fragment', '{ me { ... { email } } }'],
    ['a fragment on an interface', '{ me { ... on Named { name } ...F } } fragment F on Person { email }'],
    [
      'nested fragments',
      '{ me { ...A } } fragment A on Named { ... on Person { ...B } } fragment B on Person { email }',
    ],
    ['a field that is selected twice', '{ me { email ... on Person { email } } }'],
  ])('cannot be bypassed with %s', async (_, query) => {
    const { data, errors, queries } = await run(query)
    expect(data.me.email).toBeNull()
    expect(errors).toEqual([['me.email', code]])
    expect(queries.join()).not.toContain('email')
    expect((await run(query, bearer())).data.me.email).toBe('ada@a.test')
  })

  it('answer the members of a union that are open', async () => {
    const { data, errors } = await run('{ things { ... on Robot { model } ... on Secret { code } } }')
    expect(data).toEqual({ things: [{ model: 'x' }, { code: null }] })
    expect(errors).toEqual([['things', code]])
  })

  it.each([
    ['outside fragments', '{ things { __typename ... on Robot { model } ... on Secret { code } } }'],
    ['within them', '{ things { ... on Robot { __typename model } ... on Secret { __typename code } } }'],
    [
      'as Apollo Client does',
      '{ __typename things { __typename ...R ...S } } fragment R on Robot { __typename model } fragment S on Secret { __typename code }',
    ],
  ])('keep the open members of a union when __typename is selected %s', async (_, query) => {
    const { data, errors, queries } = await run(query)
    expect(data.things).toEqual([
      { __typename: 'Robot', model: 'x' },
      { __typename: 'Secret', code: null },
    ])
    expect(errors).toEqual([['things', code]])
    expect(queries.join()).not.toContain('code')
    const { data: whole } = await run(query, bearer())
    expect(whole.things[1]).toEqual({ __typename: 'Secret', code: 'c' })
  })

  it('keep the open members of a union in deferred fragments', async () => {
    const query = '{ things { __typename ... on Robot @defer { model } ... on Secret @defer { code } } }'
    const response = await fetch(`${federation.router.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'multipart/mixed;deferSpec=20220824, application/json',
      },
      body: JSON.stringify({ query }),
    })
    const parts: string[] = []
    if (response.body) for await (const part of readParts(response.body)) parts.push(JSON.stringify(part))
    expect(parts[0]).toBe(
      '{"data":{"things":[{"__typename":"Robot"},{"__typename":"Secret"}]},"hasNext":true}',
    )
    expect(mergeParts(parts)).toMatchObject({
      data: {
        things: [
          { __typename: 'Robot', model: 'x' },
          { __typename: 'Secret', code: null },
        ],
      },
      errors: [{ path: ['things'], extensions: { code } }],
    })
    const queries = federation.takeRequests().map((each) => each.query)
    expect(queries.join()).not.toContain('code')
  })

  it('keep the open members of a union of non-null items', async () => {
    expect(await run('{ mustThings { __typename ... on Robot { model } } }')).toMatchObject({
      data: { mustThings: [{ __typename: 'Robot', model: 'x' }, { __typename: 'Secret' }] },
      errors: [],
    })
    expect(await run('{ mustThings { ... on Secret { code } } }')).toMatchObject({
      data: { mustThings: [{}, { code: null }] },
      errors: [['mustThings', code]],
    })
  })

  it('hold for supergraphs whose composition has not restricted the interface', async () => {
    // Composition before 2.9.5 left the fields of interfaces open.
    const before = federation.supergraph.replace(/(interface Named[^}]*contact: String) @authenticated/, '$1')
    expect(before).not.toBe(federation.supergraph)
    const older = await startForeignFederation(subgraphs, environment, before)
    try {
      const { data } = await older.router.send('{ named { contact } }')
      expect(data).toEqual({ named: [{ contact: null }, { contact: null }, { contact: null }] })
      expect(
        older
          .takeRequests()
          .map(({ query }) => query)
          .join(),
      ).not.toContain('contact')
    } finally {
      await older.close()
    }
  })
})

describe('@requiresScopes', () => {
  it.each([
    ['a string', 'people:read salary:read', 9],
    ['a list', ['people:read', 'salary:read'], 9],
    ['too few scopes', 'people:read', null],
    ['no scope', undefined, null],
  ])('reads %s from the token', async (_, claim, salary) => {
    const { data, errors } = await run('{ me { salary } }', scope(claim))
    expect(data).toEqual({ me: { salary } })
    expect(errors).toEqual(salary === null ? [['me.salary', code]] : [])
  })

  it('adds the scopes of the role', async () => {
    expect(await run('{ me { salary } }', bearer({ role: 'ADMIN' }))).toMatchObject({
      data: { me: { salary: 9 } },
    })
    expect(await run('{ me { salary } }', bearer({ role: 'MODERATOR' }))).toMatchObject({
      data: { me: { salary: null } },
    })
  })

  it('restricts an enum', async () => {
    expect(await run('{ me { mood } }', bearer())).toMatchObject({ data: { me: { mood: null } } })
    expect(await run('{ me { mood } }', scope('mood'))).toMatchObject({ data: { me: { mood: 'SAD' } } })
  })

  it('lets the router fetch required fields and keys that the client does not see', async () => {
    const query = '{ me { bonus desk } }'
    expect(await run(query, bearer({ role: 'ADMIN' }))).toMatchObject({
      data: { me: { bonus: 18, desk: 'desk 1' } },
    })
    expect(await run(query)).toMatchObject({ data: { me: { bonus: null, desk: 'desk 1' } } })
  })
})

describe('@policy', () => {
  const query = '{ me { review } }'

  it.each([
    [['hr'], null],
    [['hr', 'senior'], 'good'],
    [['self', 'unknown'], 'good'],
  ])('answers by those that hold: %j', async (holding, review) => {
    respondToPolicies = () => ({ body: { policies: holding } })
    expect(await run(query, scope('a b'))).toMatchObject({ data: { me: { review } } })
    const [request] = policies.received
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      'agora-viewer': expect.any(String),
    })
  })

  it('is not evaluated for operations without it', async () => {
    await run('{ me { email } }', bearer())
    expect(policies.received).toEqual([])
  })

  it.each([
    ['an error status', { status: 500, body: { policies: ['self'] } }],
    ['a body of another shape', { body: { allowed: ['self'] } }],
    ['a body that is not JSON', { body: 'self' }],
  ])('fails closed after %s', async (_, response) => {
    respondToPolicies = () => response
    expect(await run(query, bearer())).toMatchObject({
      data: { me: { review: null } },
      errors: [['me.review', code]],
    })
    expect(federation.router.logged).toContainEqual(
      expect.objectContaining({ msg: 'Policies could not be evaluated: none of them holds' }),
    )
  })

  it('fails closed without a response, and without a hook', async () => {
    let release = (_: { body: unknown }) => {}
    respondToPolicies = () => new Promise((resolve) => (release = resolve))
    expect(await run(query, bearer())).toMatchObject({ data: { me: { review: null } } })
    release({ body: {} })
    const without = await startForeignFederation(subgraphs, environmentFor(issuer))
    try {
      const { data } = await without.router.send(query, { headers: bearer() })
      expect(data).toEqual({ me: { review: null } })
    } finally {
      await without.close()
    }
  })
})

describe('mutations and subscriptions', () => {
  it('execute the root fields that are allowed', async () => {
    expect(await run('mutation { rename(name: "a") }')).toMatchObject({ data: { rename: 'a' }, errors: [] })
    expect(renamed).toEqual(['a'])
  })

  it('execute nothing when a removed root field makes data null', async () => {
    expect(await run('mutation { rename(name: "a") fire }')).toMatchObject({
      data: null,
      errors: [['fire', code]],
    })
    expect(renamed).toEqual([])
  })

  it('name the restricted operation in the error', async () => {
    const readMessages = async (query: string) =>
      (await federation.router.send(query)).errors?.map(({ message }) => message)
    expect(await readMessages('mutation { f: fire }')).toEqual([
      'The viewer is not authorized to execute "f".',
    ])
    expect(await readMessages('mutation { recruit { email } }')).toEqual([
      'The viewer is not authorized to read "recruit.email".',
    ])
  })

  it('remove fields of events, for each set of scopes', async () => {
    const router = federation.router
    const query = 'subscription { moved { name salary } }'
    const open = (headers: Record<string, string>) =>
      openEventSource({ router }, { query, variables: {}, headers })
    const sources = await Promise.all([open(scope('salary:read people:read')), open(scope('')), open({})])
    await waitUntil('the events have ended', () => sources.every(({ phase }) => phase === 'ended'))
    const events = sources.map(({ blocks }) =>
      blocks.filter(({ type }) => type === 'next').map(({ data }) => JSON.parse(data) as unknown),
    )
    const denied = [
      {
        data: { moved: { name: 'Ada', salary: null } },
        errors: [expect.objectContaining({ path: ['moved', 'salary'] })],
      },
    ]
    expect(events).toEqual([[{ data: { moved: { name: 'Ada', salary: 9 } } }], denied, denied])
  })

  it('refuse a subscription whose events are restricted', async () => {
    const source = await openEventSource(federation, { query: 'subscription { leaked }', variables: {} })
    await waitUntil('the events have ended', () => source.phase === 'ended')
    const [{ data = '' } = {}] = source.blocks
    expect(JSON.parse(data)).toMatchObject({ errors: [{ path: ['leaked'], extensions: { code } }] })
    expect(federation.takeRequests()).toEqual([])
  })
})

describe('supergraphs', () => {
  it('may rename the directives', async () => {
    const renamedDirective = federation.supergraph
      .replaceAll('@authenticated', '@signedIn')
      .replace(
        'authenticated/v0.1"',
        'authenticated/v0.1", import: [{ name: "@authenticated", as: "@signedIn" }]',
      )
    const own = await startForeignFederation(subgraphs, environment, renamedDirective)
    try {
      expect((await own.router.send('{ vault }')).data).toEqual({ vault: null })
    } finally {
      await own.close()
    }
  })

  it('of @apollo/gateway may not have the directives', async () => {
    const start = startRouter({ ROUTER_EXECUTOR: 'apollo' }, new Map(), composeForeign(subgraphs))
    await expect(start).rejects.toThrow(
      /@apollo\/gateway.* does not support (?=.*@authenticated)(?=.*@requiresScopes)(?=.*@policy)/,
    )
  })

  it('without the directives have no authorization, as that of Agora', () => {
    const agora = readFileSync('schema/supergraph.graphql', 'utf8')
    const { apiSchema } = createPlanner(agora)
    const hook = createPolicyHook(undefined, createLog('test', 'silent'))
    expect(createAuthorizer(agora, apiSchema, hook)).toBeUndefined()
  })
})
