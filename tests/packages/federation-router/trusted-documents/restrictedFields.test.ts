import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { openEventSource } from '../../../support/federation-router/eventSource'
import {
  startForeignFederation,
  type ForeignFederation,
  type ForeignSubgraphs,
} from '../../../support/federation-router/foreignFederation'
import {
  createTestKey,
  environmentFor,
  signToken,
  startTokenIssuer,
  type TokenIssuer,
} from '../../../support/federation-router/tokenIssuer'
import { createTestWorkspace, waitUntil } from '../../../support/processes'

const { folder, cleanUp } = createTestWorkspace()
afterAll(cleanUp)

const subgraphs: ForeignSubgraphs = {
  books: {
    typeDefs: `
      type Book {
        title: String
        price: Int @authenticated
        cost: Int @requiresScopes(scopes: [["cost"]])
        margin: Int @requiresScopes(scopes: [["margin"]])
      }
      type Query { book: Book }
      type Subscription { sold: Book @authenticated }`,
    resolvers: { Query: { book: () => ({ title: 'Solaris', price: 3, cost: 2, margin: 1 }) } },
  },
}
const documents = Array.from(
  { length: 30 },
  (_, index) => `query Book${index} { book { title p${index}: price cost margin } }`,
)
const sold = 'subscription { sold { title } }'

const key = createTestKey('key')
const bearer = (scope: string) => ({
  authorization: `Bearer ${signToken(key, { sub: 'u1', sid: 's1', role: 'MEMBER', ver: 0, scope })}`,
})

let issuer: TokenIssuer
let federation: ForeignFederation
beforeAll(async () => {
  issuer = await startTokenIssuer([key.jwk])
  const file = join(folder(), 'manifest.json')
  writeFileSync(file, JSON.stringify({ ...documents, sold }))
  federation = await startForeignFederation(subgraphs, {
    ...environmentFor(issuer),
    TRUSTED_CLIENTS: '',
    TRUSTED_DOCUMENTS: 'require',
    TRUSTED_DOCUMENTS_FILE: file,
    MAX_CLIENT_PLANNING_MS: '1',
  })
})
afterAll(async () => {
  await federation.close()
  await issuer.close()
})

/** Requests all documents. @returns the data of their books, as one list for each */
async function requestAll(headers: Record<string, string>) {
  const responses: unknown[] = []
  for (const document of documents) {
    const { data } = await federation.router.send(document, { headers })
    responses.push(Object.values(data?.book ?? {}))
  }
  return responses
}

const repeat = (book: readonly unknown[]) => documents.map(() => book)

it('plans nothing for anonymous viewers, signed-in ones, and those who may read everything', async () => {
  expect(await requestAll({})).toEqual(repeat(['Solaris', null, null, null]))
  expect(await requestAll(bearer(''))).toEqual(repeat(['Solaris', 3, null, null]))
  expect(await requestAll(bearer('cost margin'))).toEqual(repeat(['Solaris', 3, 2, 1]))
  expect(await federation.router.readMetrics()).not.toContain('router_planning_duration_seconds_count')
})

it('charges no planning time to viewers who meet some of the other requirements', async () => {
  expect(await requestAll(bearer('margin'))).toEqual(repeat(['Solaris', 3, null, 1]))
  expect(await federation.router.readMetrics()).toContain('router_planning_duration_seconds_count')
})

it('refuses a subscription whose events are restricted', async () => {
  const source = await openEventSource(federation, { query: sold, variables: {} })
  await waitUntil('the events have ended', () => source.phase === 'ended')
  expect(source.blocks[0]?.data).toContain('UNAUTHORIZED_FIELD_OR_TYPE')
  expect(federation.router.logged).not.toContainEqual(
    expect.objectContaining({ msg: 'A trusted document cannot be used' }),
  )
})
