import { anonymous, type Viewer } from '../../packages/auth/viewer'
import { createServiceSigner, createViewerSigner, viewerHeader } from '../../packages/auth/viewerToken'
import { createEventStreamParser } from '../../packages/sse'
import { waitUntil } from './processes'
import { routerSecret, type GraphQLResponse, type TestSubgraph } from './subgraph'

const sign = createViewerSigner(routerSecret)
const signService = createServiceSigner(routerSecret, 'router')

/** A response of a subgraph with what its headers say about caching. */
export interface CacheableResponse extends GraphQLResponse {
  /** 0 when it must not be cached. */
  maxAge: number
  /** Of an entity fetch one list for each representation; otherwise one list. */
  tags: string[][]
  /** Of a mutation. */
  invalidated: string[]
  positions: string[]
}

/** Sends an operation and reads the headers of the response. */
export async function sendCacheable(
  { url }: Pick<TestSubgraph, 'url'>,
  query: string,
  variables: object = {},
  viewer: Viewer = anonymous,
): Promise<CacheableResponse> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      [viewerHeader]: sign({ viewer, address: '192.0.2.1' }),
    },
    body: JSON.stringify({ query, variables }),
  })
  const readList = (name: string) => response.headers.get(name)?.split(',') ?? []
  const maxAge = /^public, max-age=(\d+)$/.exec(response.headers.get('cache-control') ?? '')?.[1]
  return {
    status: response.status,
    ...((await response.json()) as Omit<GraphQLResponse, 'status'>),
    maxAge: Number(maxAge ?? 0),
    tags: (response.headers.get('cache-tag') ?? '').split(';').map((group) => group.split(',')),
    invalidated: readList('cache-invalidate'),
    positions: readList('cache-position'),
  }
}

interface InvalidationMessage {
  type: string
  id: string
  data: { tags?: string[]; events?: string[] }
}

/** An open stream of the invalidations of a subgraph. */
export interface InvalidationReader {
  /** In the order of their arrival. */
  readonly messages: readonly InvalidationMessage[]
  /** Returns the tags that were invalidated since the last call, once everything that was published has arrived. */
  takeTags(): Promise<Set<string>>
  close(): void
}

/** Opens the stream of invalidations of a subgraph, and waits until it is current. @param after where it resumes */
export async function openInvalidations(
  subgraph: Pick<TestSubgraph, 'url' | 'eventLog'>,
  topic: string,
  after?: string,
): Promise<InvalidationReader> {
  const controller = new AbortController()
  const messages: InvalidationMessage[] = []
  const response = await fetch(new URL('/cache-invalidations', subgraph.url), {
    signal: controller.signal,
    headers: {
      [viewerHeader]: signService(),
      ...(after !== undefined && { 'last-event-id': after }),
    },
  })
  if (!response.body) throw new Error(`The stream was refused with status ${response.status}.`)
  const { body } = response
  void (async () => {
    const parse = createEventStreamParser(100_000)
    for await (const chunk of body) {
      for (const { type, id = '', data } of parse(chunk))
        if (type !== '') messages.push({ type, id, data: JSON.parse(data) })
    }
  })().catch(() => undefined)
  const isCurrent = () => messages.some(({ type }) => type === 'current')
  await waitUntil('the stream of invalidations is current', isCurrent)
  let taken = 0
  return {
    messages,
    async takeTags() {
      const newest = await subgraph.eventLog.readNewestPosition(topic)
      await waitUntil('all invalidations have arrived', () => messages.some(({ id }) => id === newest))
      const tags = messages
        .slice(taken)
        .flatMap(({ type, data }) => (type === 'reset' ? ['*'] : (data.tags ?? [])))
      taken = messages.length
      return new Set(tags)
    },
    close: () => controller.abort(),
  }
}
