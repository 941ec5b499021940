import { createGate } from '../clientEndpoint'
import { waitUntil } from '../processes'
import type { CachedCommunity } from './cachedSubgraphs'
import type { TestRouter } from './testRouter'

/** The query of a post whose title tests change. */
export const post = '{ post(id: "p1") { title } }'

export async function readTitle(
  { send }: Pick<TestRouter, 'send'>,
  headers: Record<string, string> = {},
): Promise<string> {
  const { data } = await send(post, { headers })
  return data.post.title
}

/** Sends a query, and returns how the cache has served it. */
export const readCacheStatus = async (
  { send }: Pick<TestRouter, 'send'>,
  query: string,
  headers: Record<string, string> = {},
): Promise<string | null> => (await send(query, { headers })).headers.get('cache-status')

/** Changes a post without an event. */
export function changeTitle({ data }: CachedCommunity, title: string): void {
  const stored = data.posts.get('p1')
  if (stored) stored.title = title
}

/** Changes a post by a mutation. */
export const renamePost = (
  { send }: Pick<TestRouter, 'send'>,
  variables: { id: string; title: string } = { id: 'p1', title: 'new' },
) =>
  send('mutation ($id: ID!, $title: String!) { renamePost(id: $id, title: $title) { title } }', { variables })

/** Starts a query of posts that reads the data now, and whose response is held back. */
export async function startSlowRead({ posts, send }: CachedCommunity, query = post) {
  const gate = createGate()
  posts.gate = gate.opened
  const fetches = posts.fetches.length
  const response = send(query)
  await waitUntil('the fetch has arrived', () => posts.fetches.length > fetches)
  posts.gate = undefined
  return { response, respond: gate.open }
}
