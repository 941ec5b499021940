import { LRUCache } from 'lru-cache'
import type { ServerResponse } from 'node:http'

import type { GraphqlHttpRequest } from '../../platform/http/graphqlRoute'
import type { Config } from '../../../router/config'
import type { RouterContext } from './context'
import { documentCacheLimits } from '../planning/documentCacheLimits'
import type {
  CompiledOperation,
  ExecutionOutcome,
  SendFetch,
  ValidatedOperation,
} from '../executors/executor'
import { isObject, type JsonObject } from '../../platform/json'
import { negotiateMediaType } from './contentNegotiation'
import { compileCostCheck, type CostCheck } from '../limits/costCheck'

/** An operation that has once gone all the way through Apollo Server: parsed, valid, within the limits, compiled. */
interface Prepared {
  compiled: CompiledOperation
  execute(variables: JsonObject, context: RouterContext): Promise<ExecutionOutcome>
  /** Whether it is within the one limit that depends on variables. */
  isAffordable: CostCheck
}

/** The operations of one supergraph that need not go through Apollo Server again. */
export interface OperationCache {
  find(source: string, operationName: string | undefined): Prepared | undefined
  /** To be called once an operation is known to be valid and within all limits. */
  store(accepted: ValidatedOperation, compiled: CompiledOperation, send: SendFetch): void
}

function createPreparedOperations(config: Config): OperationCache {
  const documents = new LRUCache<string, Map<string | undefined, Prepared>>({
    ...documentCacheLimits,
    // Each operation of a document is compiled with the whole of it.
    sizeCalculation: (operations, source) => operations.size * (source.length + 1),
  })
  return {
    find: (source, operationName) => documents.get(source)?.get(operationName),
    store({ schema, source, document, operation, operationName }, compiled, send) {
      if (operation.operation === 'subscription' || documents.get(source)?.has(operationName)) return
      const limits = { schema, maxPageSize: config.MAX_PAGE_SIZE, maxCost: config.MAX_COST }
      let check: CostCheck | undefined
      const prepared: Prepared = {
        compiled,
        execute: (variables, context) => compiled.execute({ variables, context, send }),
        // Compiled when the operation comes again: many never do.
        isAffordable: (variables) => (check ??= compileCostCheck(document, operation, limits))(variables),
      }
      // A map of its own, and not the known one with one more: its size is counted when it is set.
      documents.set(source, new Map(documents.get(source)).set(operationName, prepared))
    },
  }
}

/** The prepared operations of the supergraph that is served now. */
export interface OperationCaches {
  current(): OperationCache
  /** Forgets all. To be called for each supergraph that is served from now on. */
  reset(): OperationCache
}

export function createOperationCaches(config: Config): OperationCaches {
  let prepared = createPreparedOperations(config)
  return { current: () => prepared, reset: () => (prepared = createPreparedOperations(config)) }
}

/**
 * Answers a prepared operation without Apollo Server, in the same words. Whatever is not plain (other media types,
 * persisted queries, wrong variables, an identity that is refused, errors) is left to it: what has been executed by
 * then is in the context, and is not executed again.
 *
 * @returns whether it is answered
 */
export function respondFromCache(
  { find }: OperationCache,
  arrival: GraphqlHttpRequest<RouterContext>,
): Promise<boolean> | false {
  const { request, body } = arrival
  if (request.method !== 'POST' || !isJson(request.headers['content-type'])) return false
  const type = mediaTypeFor(request.headers.accept ?? '')
  const asked = readBody(body)
  const operation = asked && find(asked.query, asked.operationName)
  if (type === undefined || !operation) return false
  const { variables } = asked
  if (!operation.isAffordable(variables) || operation.compiled.checkVariables(variables)) return false
  return execute(operation, variables, type, arrival)
}

async function execute(
  operation: Prepared,
  variables: JsonObject,
  type: string,
  { response, headers, createContext }: GraphqlHttpRequest<RouterContext>,
): Promise<boolean> {
  let outcome: ExecutionOutcome
  try {
    const made = createContext()
    const context = made instanceof Promise ? await made : made
    context.execution = operation.execute(variables, context)
    outcome = await context.execution
  } catch {
    // Who is refused, and what has failed, hears it from Apollo Server.
    return false
  }
  if (outcome.texts) {
    sendTexts(response, headers, type, outcome.texts)
    // The promises that had to wait for it are old to the garbage collector, and would keep it for a while.
    outcome.texts = []
    return true
  }
  if (outcome.errors.length > 0) return false
  const text = JSON.stringify({ data: outcome.data })
  writeHead(response, headers, type, Buffer.byteLength(text))
  response.end(text)
  return true
}

interface Asked {
  query: string
  operationName: string | undefined
  variables: JsonObject
}

/** Undefined for what is not plainly one operation with its text. */
function readBody(body: unknown): Asked | undefined {
  if (!isObject(body)) return undefined
  const { query, operationName, variables, extensions } = body
  if (typeof query !== 'string') return undefined
  if (operationName != null && typeof operationName !== 'string') return undefined
  if (variables != null && !isObject(variables)) return undefined
  // Clients send more in `extensions`, which is for nobody here.
  if (extensions != null && (!isObject(extensions) || 'persistedQuery' in extensions)) return undefined
  return { query, operationName: operationName ?? undefined, variables: variables ?? {} }
}

function isJson(contentType: string | undefined): boolean {
  return contentType === 'application/json' || contentType === 'application/json; charset=utf-8'
}

const maxKnownTypes = 100
const knownTypes = new Map<string, string | undefined>()

/** `negotiate`, which clients ask the same few things. */
function mediaTypeFor(accept: string): string | undefined {
  if (knownTypes.has(accept)) return knownTypes.get(accept)
  if (knownTypes.size >= maxKnownTypes) knownTypes.clear()
  const type = negotiateMediaType(accept)
  knownTypes.set(accept, type)
  return type
}

/** @param headers gets the others, too */
function writeHead(response: ServerResponse, headers: string[], type: string, length: number): void {
  headers.push('cache-control', 'no-store', 'content-type', type, 'content-length', String(length))
  // As a list, since to set each by itself takes twice as long.
  response.writeHead(200, headers)
}

const before = '{"data":'
const after = '}'

/** @param texts of which each character is a byte */
function sendTexts(
  response: ServerResponse,
  headers: string[],
  type: string,
  texts: readonly string[],
): void {
  let length = before.length + after.length
  for (const text of texts) length += text.length
  writeHead(response, headers, type, length)
  const last = texts.length - 1
  // Head and text go out together, and nothing else with them, as it would at `end(text)`.
  response.cork()
  for (let index = 0; index <= last; index++)
    response.write(`${index === 0 ? before : ''}${texts[index]}${index === last ? after : ''}`, 'latin1')
  response.uncork()
  response.end()
}
