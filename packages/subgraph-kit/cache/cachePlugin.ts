import type { ApolloServerPlugin, BaseContext, HeaderMap } from '@apollo/server'
import { randomUUID } from 'node:crypto'
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql'

import { currentWork } from '../../platform'
import { recordWrittenEvents, type WrittenEvents } from '../../event-log/outbox'
import type { CachePolicy } from './cachePolicy'
import { createOperationCaching, type ReadOperationCaching } from './operationCaching'
import type { FindInvalidatedTags } from './invalidationStream'

/** The tags that an answer depends on, separated by commas; of entities, one group for each, separated by semicolons. */
const tagHeader = 'cache-tag'
/** The tags that a mutation has invalidated. */
const invalidationHeader = 'cache-invalidate'
/** In place of tags that exceed the header: everything of the subgraph. */
const allTags = '*'
/** The IDs of the domain events that a mutation has written, from which these tags follow. All of them are in the database. */
const positionHeader = 'cache-position'

/** Node limits all headers of a response to 16 kB. */
const maxTagHeaderLength = 8000

/** The context of a request whose answer may be cached. */
export interface CacheableContext {
  /** Absent where nothing is cached. */
  cachePolicy?: CachePolicy | undefined
}

/**
 * Creates a plugin of Apollo Server that describes in headers how an answer may be cached for all viewers, and which tags a mutation has
 * invalidated. Apollo's own plugin evaluates the directives for each resolved field instead of once for each document.
 *
 * @param findInvalidatedTags undefined for a subgraph that invalidates nothing
 */
export function createCachePlugin<Context extends BaseContext>(
  schema: GraphQLSchema,
  findInvalidatedTags: FindInvalidatedTags | undefined,
): ApolloServerPlugin<Context> {
  const readCaching = createOperationCaching(schema)
  return {
    async requestDidStart() {
      let written: WrittenEvents | undefined
      return {
        async didResolveOperation({ operation }) {
          const work = currentWork()
          if (findInvalidatedTags && work && operation?.operation === 'mutation')
            written = recordWrittenEvents(work)
        },
        async willSendResponse({ response, document, operation, request, contextValue }) {
          const { headers } = response.http
          const { body } = response
          const hasErrors = body.kind !== 'single' || (body.singleResult.errors?.length ?? 0) > 0
          if (written && findInvalidatedTags)
            setInvalidationHeaders(headers, written, findInvalidatedTags, hasErrors)
          const { cachePolicy }: CacheableContext = contextValue
          const caching =
            cachePolicy && document && operation && !hasErrors
              ? describeCaching(readCaching, document, operation, cachePolicy, request.variables ?? {})
              : undefined
          headers.set('cache-control', caching ? `public, max-age=${caching.maxAgeSeconds}` : 'no-store')
          if (caching) headers.set(tagHeader, caching.tags)
        },
      }
    },
  }
}

function describeCaching(
  readCaching: ReadOperationCaching,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  policy: CachePolicy,
  variables: Readonly<Record<string, unknown>>,
): { maxAgeSeconds: number; tags: string } | undefined {
  if (policy.isForbidden) return undefined
  const caching = readCaching(document, operation)
  const lists = caching?.buildTags(variables)
  const maxAgeSeconds = Math.floor(Math.min(caching?.maxAgeSeconds ?? 0, policy.maxAgeSeconds))
  if (!lists || maxAgeSeconds < 1) return undefined
  const groups = lists.map((list) => [...new Set([...list, ...policy.tags])].join(','))
  const tags = groups.join(';')
  // Nothing would invalidate an answer without tags.
  if (groups.includes('') || tags.length > maxTagHeaderLength) return undefined
  return { maxAgeSeconds, tags }
}

/**
 * The response does not say which of several entities an event concerns: then each counts for all.
 *
 * @param hasErrors whether a write may have failed whose effect is unknown: the database may still execute it
 */
function setInvalidationHeaders(
  headers: HeaderMap,
  { events, entities }: WrittenEvents,
  findInvalidatedTags: FindInvalidatedTags,
  hasErrors: boolean,
): void {
  // Events of which no write is known are reported by the stream alone.
  if (events.length === 0) return
  const tags = new Set<string>()
  for (const event of events) {
    for (const entity of entities) for (const tag of findInvalidatedTags({ ...event, entity })) tags.add(tag)
  }
  const tagList = [...tags].join(',')
  const positions = events.map(({ id }) => id).join(',')
  const fits = tagList.length + positions.length <= maxTagHeaderLength
  // The stream never delivers the other ID: all routers fetch what its client reads, and apply what the stream says.
  headers.set(positionHeader, fits && !hasErrors ? positions : randomUUID())
  if (!fits) headers.set(invalidationHeader, allTags)
  else if (tagList !== '') headers.set(invalidationHeader, tagList)
}
