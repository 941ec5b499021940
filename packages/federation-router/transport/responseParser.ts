import type { GraphQLFormattedError } from 'graphql'

import type { HttpResponse } from '../../platform/http/httpClient'
import { isObject, parseJson, type JsonObject } from '../../platform'
import { createInvalidResponseError, createStatusError } from './errors'
import { toPublicSubgraphError } from './subgraphErrors'
import type { TransportRequest, TransportResponse } from './transportRequest'

/** A response, and the errors of it that are for the log only. */
export interface ParsedResponse {
  response: TransportResponse
  /** Errors that are masked for the client, as the subgraph sent them. */
  maskedErrors: unknown[]
}

/** A parsed response with its bytes, which deduplicated requests parse again. */
export interface ReceivedResponse extends ParsedResponse {
  httpResponse: HttpResponse
}

/** The part of an HTTP response that is parsed. */
type ResponseContent = Pick<HttpResponse, 'status' | 'bytes'>

const noMaskedErrors: unknown[] = []

/** Reads a response with the reader of its request, and parses it as JSON when that declines. @throws SubgraphFaultError */
export function readResponse(
  { tryReadResponse, entityCount, roundsIntegers }: TransportRequest,
  httpResponse: ResponseContent,
): ParsedResponse {
  const { status, bytes } = httpResponse
  if (tryReadResponse && isSuccess(status) && tryReadResponse(bytes))
    return { response: {}, maskedErrors: noMaskedErrors }
  return parseResponse(httpResponse, entityCount, roundsIntegers)
}

/**
 * Parses a response. Only its outer form is checked: the executor completes the values of fields. GraphQL errors are kept,
 * with any status (https://graphql.github.io/graphql-over-http/draft/#sec-Status-Codes).
 *
 * @param entityCount the number of representations in the request
 * @param roundsIntegers see {@link TransportRequest}
 * @throws SubgraphFaultError for a response without GraphQL errors whose status is not 2xx, and for an invalid response
 */
export function parseResponse(
  { status, bytes }: ResponseContent,
  entityCount: number | undefined,
  roundsIntegers = false,
): ParsedResponse {
  return parseText(status, bytes.toString(), entityCount, roundsIntegers)
}

/** Parses a source event of a subscription, which has the form of a response. @throws SubgraphFaultError */
export function parseEvent(text: string): ParsedResponse {
  return parseText(200, text, undefined)
}

function parseText(
  status: number,
  text: string,
  entityCount: number | undefined,
  roundsIntegers = false,
): ParsedResponse {
  const body = parseJsonObject(text, roundsIntegers)
  if (!isSuccess(status) && !hasErrors(body)) throw createStatusError(status)
  if (!body) throw createInvalidResponseError(`Status ${status}, and a body that is not a GraphQL response`)
  const { data, errors } = body
  if (data !== undefined && data !== null && !isObject(data))
    throw createInvalidResponseError('data is not an object')
  if (errors !== undefined && errors !== null && !Array.isArray(errors))
    throw createInvalidResponseError('errors is not a list')
  const hasNoErrors = !errors || errors.length === 0
  if (data == null && hasNoErrors) throw createInvalidResponseError('Neither data nor errors')
  if (entityCount !== undefined && data) requireEntities(data['_entities'], entityCount, hasNoErrors)
  const response: TransportResponse = data === undefined ? {} : { data }
  if (hasNoErrors) return { response, maskedErrors: noMaskedErrors }
  const maskedErrors: unknown[] = []
  response.errors = errors.map((raw): GraphQLFormattedError => {
    const { error, isMasked } = toPublicSubgraphError(raw)
    if (isMasked) maskedErrors.push(raw)
    return error
  })
  return { response, maskedErrors }
}

/** @returns undefined for a text that is not a JSON object */
function parseJsonObject(text: string, roundsIntegers = false): JsonObject | undefined {
  try {
    const value: unknown = roundsIntegers ? JSON.parse(text) : parseJson(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Returns whether a text is a GraphQL response with errors. */
export const isErrorResponse = (text: string): boolean => hasErrors(parseJsonObject(text))

function hasErrors(body: JsonObject | undefined): boolean {
  const errors = body?.['errors']
  return Array.isArray(errors) && errors.length > 0
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300

/** Requires the right number of entities; only a response with errors may omit them all. */
function requireEntities(entities: unknown, count: number, hasNoErrors: boolean): void {
  if (entities == null && !hasNoErrors) return
  if (!Array.isArray(entities) || entities.length !== count)
    throw createInvalidResponseError(`_entities is not a list of ${count}`)
}
