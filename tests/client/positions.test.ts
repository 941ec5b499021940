import { ApolloClient, gql as apolloGql, InMemoryCache } from '@apollo/client'
import { cacheExchange, Client as UrqlClient, gql as urqlGql } from '@urql/core'

import { createClient, type Client } from '../../client/src'
import { agoraLink } from '../../client/src/apollo'
import { agoraExchange } from '../../client/src/urql'
import { startCachedCommunity, type CachedCommunity } from '../support/federation-router/cachedSubgraphs'
import type { TestRouter } from '../support/federation-router/testRouter'
import { waitUntil } from '../support/processes'

let community: CachedCommunity
/** Another router of the same subgraphs, and the one that receives the requests of clients. */
let other: TestRouter
let receiver: TestRouter
/** How the last response used the cache, and the positions of the last request. */
let lastUse: string | null
let sentPositions: string | null
beforeEach(async () => {
  community = await startCachedCommunity()
  other = await community.startRouter()
  receiver = other
})
afterEach(() => community.close())

/** Creates a client of an endpoint that is served by both routers. */
const createBalancedClient = (): Client =>
  createClient({
    url: 'https://api.example.org/graphql',
    webSocket: false,
    async fetch(_, init) {
      sentPositions = new Headers(init?.headers).get('agora-position')
      const response = await fetch(`${receiver.url}/graphql`, init)
      lastUse = response.headers.get('cache-status')
      return response
    },
  })

const post = 'query Post { post(id: "p1") { id title } }'
const rename =
  'mutation Rename($id: ID!, $title: String!) { renamePost(id: $id, title: $title) { id title } }'

/** Sends operations to the endpoint, never to a cache of its own. */
interface Frontend {
  readTitle(client: Client): Promise<unknown>
  rename(client: Client, variables: { id: string; title: string }): Promise<unknown>
}

const createApollo = (client: Client) =>
  new ApolloClient({ link: agoraLink(client), cache: new InMemoryCache() })
const createUrql = (client: Client) =>
  new UrqlClient({
    ...{ url: client.url, preferGetMethod: false },
    exchanges: [cacheExchange, agoraExchange(client)],
  })

const frontends: Record<string, Frontend> = {
  '@agora/client': {
    readTitle: async (client) => (await client.request<{ post: { title: string } }, object>(post)).post.title,
    rename: (client, variables) => client.request<unknown, object>(rename, variables),
  },
  'Apollo Client': {
    async readTitle(client) {
      const { data } = await createApollo(client).query<{ post: { title: string } }>({
        query: apolloGql(post),
      })
      return data?.post.title
    },
    rename: (client, variables) => createApollo(client).mutate({ mutation: apolloGql(rename), variables }),
  },
  urql: {
    readTitle: async (client) => (await createUrql(client).query(urqlGql(post), {})).data?.post.title,
    rename: async (client, variables) => createUrql(client).mutation(urqlGql(rename), variables),
  },
}

it.each(Object.entries(frontends))(
  'shows a client its writes through another router that the stream has not reached: %s',
  async (_, { readTitle, rename }) => {
    const [writer, reader] = [createBalancedClient(), createBalancedClient()]
    await waitUntil('the other router has it cached', async () => {
      await readTitle(reader)
      return lastUse === 'Agora; hit'
    })
    community.posts.setStream('behind')
    receiver = community.router
    await rename(writer, { id: 'p1', title: 'new' })
    receiver = other
    expect(await readTitle(reader)).toBe('post 1 – ü')
    expect([lastUse, sentPositions]).toEqual(['Agora; hit', null])
    expect(await readTitle(writer)).toBe('new')
  },
)

it('returns the positions of the latest five mutations', async () => {
  const client = createBalancedClient()
  for (let n = 0; n < 7; n++) await frontends['@agora/client']?.rename(client, { id: 'p1', title: `${n}` })
  await frontends['@agora/client']?.readTitle(client)
  expect(sentPositions).toBe([6, 5, 4, 3, 2].map((n) => `posts=posts-event-${n}`).join())
})

it('returns no positions a minute after the last mutation', async () => {
  const client = createBalancedClient()
  await frontends['@agora/client']?.rename(client, { id: 'p1', title: 'new' })
  await frontends['@agora/client']?.readTitle(client)
  expect(sentPositions).toBe('posts=posts-event-0')
  const now = performance.now.bind(performance)
  const clock = jest.spyOn(performance, 'now').mockImplementation(() => now() + 61_000)
  await frontends['@agora/client']?.readTitle(client)
  expect(sentPositions).toBeNull()
  clock.mockRestore()
})
