import {
  buildASTSchema,
  getNamedType,
  isLeafType,
  isObjectType,
  parse,
  type GraphQLOutputType,
} from 'graphql'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { projectRoot } from '../../packages/platform'
import { anonymous, type Viewer } from '../../packages/auth/viewer'
import { createServiceSigner, createViewerSigner, viewerHeader } from '../../packages/auth/viewerToken'
import { createEventStreamParser } from '../../packages/sse'
import { waitUntil } from './processes'
import { routerSecret, type GraphQLResponse, type TestSubgraph } from './subgraph'

const sign = createViewerSigner(routerSecret)
const signService = createServiceSigner(routerSecret, 'router')

/** A response of a subgraph with the values of its headers for caching. */
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
  headers: Record<string, string> = {},
): Promise<CacheableResponse> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      [viewerHeader]: sign({ viewer, address: '192.0.2.1' }),
      ...headers,
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
      await waitUntil('all invalidations have arrived', async () => {
        const newest = await subgraph.eventLog.readNewestPosition(topic)
        return messages.some(({ id }) => id === newest)
      })
      const tags = messages
        .slice(taken)
        .flatMap(({ type, data }) => (type === 'reset' ? ['*'] : (data.tags ?? [])))
      taken = messages.length
      return new Set(tags)
    },
    close: () => controller.abort(),
  }
}

/** An operation whose response may be cached. */
export interface CacheableOperation {
  document: string
  variables?: object
}

/**
 * Requires that the responses of all viewers are equal wherever the response to one of them may be cached.
 *
 * @returns the operations that may be cached
 */
export async function findPublicOperations(
  subgraph: Pick<TestSubgraph, 'url'>,
  operations: readonly CacheableOperation[],
  viewers: readonly Viewer[],
): Promise<CacheableOperation[]> {
  const found: CacheableOperation[] = []
  for (const operation of operations) {
    const { document, variables } = operation
    const responses = await Promise.all(
      viewers.map((viewer) => sendCacheable(subgraph, document, variables, viewer)),
    )
    if (responses.every(({ maxAge }) => maxAge === 0)) continue
    const compared = responses.map(({ data, errors, tags, maxAge }) => ({ data, errors, tags, maxAge }))
    expect({ document, variables, compared }).toEqual({
      ...{ document, variables },
      compared: compared.map(() => compared[0]),
    })
    found.push(operation)
  }
  return found
}

/**
 * Requires that a write invalidates each response that it has changed.
 *
 * @param settle waits until the write and all that follows it were published
 * @returns how many responses have changed
 */
export async function countInvalidatedResponses(
  subgraph: Pick<TestSubgraph, 'url'>,
  reader: InvalidationReader,
  operations: readonly CacheableOperation[],
  write: () => Promise<unknown>,
  settle: () => Promise<unknown>,
): Promise<number> {
  const readAll = () =>
    Promise.all(operations.map(({ document, variables }) => sendCacheable(subgraph, document, variables)))
  const before = await readAll()
  await reader.takeTags()
  await write()
  await settle()
  const invalidated = await reader.takeTags()
  const after = await readAll()
  let changed = 0
  for (const [index, { maxAge, tags, data }] of before.entries()) {
    if (maxAge === 0 || JSON.stringify(data) === JSON.stringify(after[index]?.data)) continue
    changed++
    const isInvalidated = tags.flat().some((tag) => invalidated.has(tag))
    if (!isInvalidated)
      throw new Error(
        `A change without an invalidation: ${JSON.stringify({
          ...operations[index],
          ...{ tags, invalidated: [...invalidated], before: data, after: after[index]?.data },
        })}`,
      )
  }
  return changed
}

/**
 * Selects each field of a type for itself, an object twice: with all fields, those of the objects in it included, and
 * with its ID alone.
 */
export function selectEachField(subgraphName: string, typeName: string): string[] {
  const sdl = readFileSync(join(projectRoot, 'subgraphs', subgraphName, 'schema.graphql'), 'utf8')
  const schema = buildASTSchema(parse(sdl), { assumeValid: true })
  const select = (type: GraphQLOutputType, depth: number): string | undefined => {
    const named = getNamedType(type)
    if (isLeafType(named)) return ''
    if (!isObjectType(named)) return '{ __typename }'
    const parts = Object.values(named.getFields()).flatMap((field) => {
      const selection =
        depth > 0 || isLeafType(getNamedType(field.type)) ? select(field.type, depth - 1) : undefined
      return selection === undefined ? [] : [`${field.name} ${selection}`]
    })
    return parts.length > 0 ? `{ ${parts.join(' ')} }` : undefined
  }
  const type = schema.getType(typeName)
  if (!isObjectType(type)) throw new Error(`${typeName} is no object.`)
  return Object.values(type.getFields()).flatMap(({ name, type: fieldType }) => {
    const all = `${name} ${select(fieldType, 2) ?? ''}`
    const named = getNamedType(fieldType)
    if (!isObjectType(named)) return [all]
    const { id, nodes } = named.getFields()
    return id || nodes ? [all, `${name} { ${id ? 'id' : 'nodes { id }'} }`] : [all]
  })
}
