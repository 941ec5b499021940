import type { GraphQLFormattedError } from 'graphql'

import { isObject, type JsonObject } from '../execution/json'
import { readSubgraphError } from '../subgraphErrors'
import type { Reply } from './exchange'
import { nonsense, statusFault } from './failures'
import type { SubgraphAnswer, TransportRequest } from './transport'

/** An answer, and what of its errors is for the log alone. */
export interface ReadAnswer {
  answer: SubgraphAnswer
  /** Errors that the client sees masked, as the subgraph sent them. */
  masked: unknown[]
}

const nothingMasked: unknown[] = []

/** Reads an answer as the request says where it fits that, and else as JSON. @throws SubgraphFault */
export function readFor({ read, entities }: TransportRequest, reply: Reply): ReadAnswer {
  const isRead = read !== undefined && isSuccess(reply.status) && read(reply.bytes)
  return isRead ? { answer: {}, masked: nothingMasked } : readAnswer(reply, entities)
}

/**
 * Reads an answer, its JSON parsed once. Only its outer form is checked: what a field holds is the executor's business.
 * GraphQL errors are kept, with any status
 * (https://graphql.github.io/graphql-over-http/draft/#sec-Status-Codes).
 *
 * @param entities how many representations the operation had
 * @throws SubgraphFault for a response without GraphQL errors whose status is not 2xx, and for an invalid response
 */
export function readAnswer({ status, bytes }: Reply, entities: number | undefined): ReadAnswer {
  return readText(status, bytes.toString(), entities)
}

/** Reads an event of a subscription, which has the form of an answer. @throws SubgraphFault */
export function readEvent(text: string): ReadAnswer {
  return readText(200, text, undefined)
}

function readText(status: number, text: string, entities: number | undefined): ReadAnswer {
  const response = parse(text)
  if (!isSuccess(status) && !hasErrors(response)) throw statusFault(status)
  if (!response) throw nonsense(`Status ${status}, and a body that is not a GraphQL response`)
  const { data, errors } = response
  if (data !== undefined && data !== null && !isObject(data)) throw nonsense('data is not an object')
  if (errors !== undefined && errors !== null && !Array.isArray(errors))
    throw nonsense('errors is not a list')
  const isFaultless = !errors || errors.length === 0
  if (data == null && isFaultless) throw nonsense('Neither data nor errors')
  if (entities !== undefined && data) requireEntities(data['_entities'], entities, isFaultless)
  const answer: SubgraphAnswer = data === undefined ? {} : { data }
  if (isFaultless) return { answer, masked: [] }
  const masked: unknown[] = []
  answer.errors = errors.map((raw): GraphQLFormattedError => {
    const { error, isUnexpected } = readSubgraphError(raw)
    if (isUnexpected) masked.push(raw)
    return error
  })
  return { answer, masked }
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
    throw nonsense(`_entities is not a list of ${count}`)
}
