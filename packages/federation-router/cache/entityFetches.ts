import { isObject, parseJson } from '../../platform'
import type { HttpResponse } from '../../platform/http/httpClient'
import type { CacheUse } from '../transport/cacheUse'
import type { FetchContext } from '../transport/fetchContext'
import type { Transport } from '../transport/transport'
import {
  entitiesTail,
  type EntityParts,
  type TransportRequest,
  type TransportResponse,
} from '../transport/transportRequest'
import {
  readStorableBody,
  readStoredBody,
  readStoredText,
  receiveResponse,
  type CachedFetch,
  type DataAccess,
} from './dataAccess'
import type { DataStore } from './dataStore'
import { joinEntities, splitEntities } from './entityList'
import type { SubgraphInvalidations } from './subgraphInvalidations'

/** Sends a fetch of those entities that are not in the cache. */
export type SendEntityFetch = (
  subgraph: SubgraphInvalidations,
  request: TransportRequest & { entities: EntityParts },
  context: FetchContext,
  use: CacheUse,
) => Promise<TransportResponse>

/** The JSON texts of the entities in the cache, by the indexes of their representations. */
type KnownEntities = readonly (string | undefined)[]

interface EntityFetchOptions {
  access: DataAccess
  data: DataStore
  transport: Pick<Transport, 'send'>
}

export function createEntityFetches({ access, data, transport }: EntityFetchOptions): SendEntityFetch {
  async function sendAndStore(
    keyPrefix: string,
    known: KnownEntities,
    ...[subgraph, request, context, use]: Parameters<SendEntityFetch>
  ): Promise<TransportResponse> {
    const { entities } = request
    const isPartial = known.some((each) => each !== undefined)
    const fetch = access.startFetch(subgraph)
    const missing = entities.representations.filter((_, index) => known[index] === undefined)
    let fetched: string[] | undefined
    const split = (body: Buffer | string) => (fetched ??= splitEntities(body))
    const onResponse = (received: HttpResponse) => {
      fetched = undefined
      receiveResponse(fetch, received)
    }
    const sent = isPartial ? createPartialRequest(request, missing, known, split) : request
    const response = await transport.send(subgraph.name, { ...sent, onResponse }, context)
    const body = readStorableBody(fetch, response)
    storeEntities(keyPrefix, missing, fetch, body === undefined ? undefined : split(body), use)
    return isPartial ? completeResponse(response, known) : response
  }

  function storeEntities(
    keyPrefix: string,
    representations: readonly string[],
    fetch: CachedFetch,
    entities: readonly string[] | undefined,
    use: CacheUse,
  ): void {
    const tagGroups = fetch.received?.policy.tagGroups
    const hasCommonTags = tagGroups?.length === 1
    const hasTags = !tagGroups || hasCommonTags || tagGroups.length === representations.length
    if (entities?.length !== representations.length || !hasTags) return use.addPrivate()
    const prefix = data.addPrefix(keyPrefix)
    for (const [index, representation] of representations.entries()) {
      const tags = tagGroups && (tagGroups[hasCommonTags ? 0 : index] ?? [])
      access.store(`${prefix}:${representation}`, fetch, copyText(entities[index] ?? ''), tags, use)
    }
  }

  return (subgraph, request, context, use) => {
    const { head, representations } = request.entities
    const keyPrefix = `${subgraph.name}\n${head}`
    const prefix = data.findPrefix(keyPrefix) ?? ''
    const known = representations.map((representation) => {
      const found = access.find(`${prefix}:${representation}`, subgraph, use)
      return found && readStoredText(found.body)
    })
    if (access.comparesHits) return sendAndStore(keyPrefix, [], subgraph, request, context, use)
    return known.includes(undefined)
      ? sendAndStore(keyPrefix, known, subgraph, request, context, use)
      : readStoredBody(request, joinEntities(known))
  }
}

/** Copies a part of a text, which would retain all of it. */
const copyText = (part: string): string => Buffer.from(part, 'latin1').toString('latin1')

/** Creates the request for the entities that are not known. @param split splits a response into its entities */
function createPartialRequest(
  { kind, tryReadResponse, roundsIntegers, entities }: TransportRequest & { entities: EntityParts },
  representations: readonly string[],
  known: KnownEntities,
  split: (body: Buffer | string) => string[] | undefined,
): TransportRequest {
  const body = Buffer.from(`${entities.head}${representations.join()}${entitiesTail}`, 'latin1')
  const request: TransportRequest = { body, kind, entityCount: representations.length, roundsIntegers }
  if (!tryReadResponse) return request
  return {
    ...request,
    tryReadResponse(received) {
      const fetched = split(received)
      if (fetched?.length !== representations.length) return false
      let next = 0
      return tryReadResponse(joinEntities(known.map((each) => each ?? fetched[next++])))
    },
  }
}

/** Inserts the known entities into a response with the others, and moves the paths of its errors. */
function completeResponse(response: TransportResponse, known: KnownEntities): TransportResponse {
  const { data, errors } = response
  const completed: TransportResponse = { ...response }
  const fetched = data?.['_entities']
  if (isObject(data) && Array.isArray(fetched)) {
    let next = 0
    const all = known.map((each): unknown => (each === undefined ? fetched[next++] : parseEntity(each)))
    completed.data = { ...data, _entities: all }
  }
  const indexes = known.flatMap((each, index) => (each === undefined ? [index] : []))
  if (errors)
    completed.errors = errors.map((error) => {
      const [field, index, ...rest] = error.path ?? []
      const moved = typeof index === 'number' ? indexes[index] : undefined
      return field === undefined || moved === undefined ? error : { ...error, path: [field, moved, ...rest] }
    })
  return completed
}

const parseEntity = (text: string): unknown => parseJson(Buffer.from(text, 'latin1').toString())
