import type { GraphQLFormattedError } from 'graphql'

import { isObject, type JsonObject } from '../../platform/json'
import { toPublicSubgraphError } from './subgraphErrors'
import type { HttpResponse } from './httpRequest'
import { createInvalidResponseError, createStatusError } from './errors'
import type { TransportResponse, TransportRequest } from './transport'

/** An answer, and what of its errors is for the log alone. */
export interface ParsedResponse {
  response: TransportResponse
  /** Errors that the client sees masked, as the subgraph sent them. */
  maskedErrors: unknown[]
}

const nothingMasked: unknown[] = []

/** Reads an answer as the request says where it fits that, and else as JSON. @throws SubgraphFault */
export function readResponse(
  { tryReadResponse, entityCount }: TransportRequest,
  reply: HttpResponse,
): ParsedResponse {
  const isRead = tryReadResponse !== undefined && isSuccess(reply.status) && tryReadResponse(reply.bytes)
  return isRead ? { response: {}, maskedErrors: nothingMasked } : parseResponse(reply, entityCount)
}

/**
 * Reads an answer, its JSON parsed once. Only its outer form is checked: what a field holds is the executor's business.
 * GraphQL errors are kept, with any status
 * (https://graphql.github.io/graphql-over-http/draft/#sec-Status-Codes).
 *
 * @param entities how many representations the operation had
 * @throws SubgraphFault for a response without GraphQL errors whose status is not 2xx, and for an invalid response
 */
export function parseResponse({ status, bytes }: HttpResponse, entities: number | undefined): ParsedResponse {
  return readText(status, bytes.toString(), entities)
}

/** Reads an event of a subscription, which has the form of an answer. @throws SubgraphFault */
export function parseEvent(text: string): ParsedResponse {
  return readText(200, text, undefined)
}

function readText(status: number, text: string, entities: number | undefined): ParsedResponse {
  const response = parse(text)
  if (!isSuccess(status) && !hasErrors(response)) throw createStatusError(status)
  if (!response)
    throw createInvalidResponseError(`Status ${status}, and a body that is not a GraphQL response`)
  const { data, errors } = response
  if (data !== undefined && data !== null && !isObject(data))
    throw createInvalidResponseError('data is not an object')
  if (errors !== undefined && errors !== null && !Array.isArray(errors))
    throw createInvalidResponseError('errors is not a list')
  const isFaultless = !errors || errors.length === 0
  if (data == null && isFaultless) throw createInvalidResponseError('Neither data nor errors')
  if (entities !== undefined && data) requireEntities(data['_entities'], entities, isFaultless)
  const answer: TransportResponse = data === undefined ? {} : { data }
  if (isFaultless) return { response: answer, maskedErrors: [] }
  const masked: unknown[] = []
  answer.errors = errors.map((raw): GraphQLFormattedError => {
    const { error, isMasked } = toPublicSubgraphError(raw)
    if (isMasked) masked.push(raw)
    return error
  })
  return { response: answer, maskedErrors: masked }
}

/** @returns undefined for what is not a JSON object */
function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Returns whether a text is a GraphQL response with errors. */
export const isErrorResponse = (text: string): boolean => hasErrors(parse(text))

function hasErrors(response: JsonObject | undefined): boolean {
  const errors = response?.['errors']
  return Array.isArray(errors) && errors.length > 0
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300

/** An answer with errors may have none at all. */
function requireEntities(entities: unknown, count: number, isFaultless: boolean): void {
  if (entities == null && !isFaultless) return
  if (!Array.isArray(entities) || entities.length !== count)
    throw createInvalidResponseError(`_entities is not a list of ${count}`)
}
