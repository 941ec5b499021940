import { GraphQLError } from 'graphql'

import { createSecurityLog, logThrottledErrors } from '../../auth'
import { isObject, stringifyJson } from '../../platform'
import type { Log } from '../../platform/log'
import { InvalidDocumentError } from '../validation/validDocument'
import { isPlainJson } from './contentNegotiation'
import type { RouterContext } from './context'
import { createErrorFormatter, isUnexpected } from './errorFormatter'
import type { RequestRecord } from './requestRecord'
import { createHeaders, type GraphqlResponse } from './response'

/** An operation whose response contains errors. */
export interface FailedOperation {
  errors: readonly GraphQLError[]
  data?: unknown
  /** The status for errors that declare none. */
  status: number
  mediaType: string
  /** Undefined before the client is identified. */
  context: RouterContext | undefined
  record: RequestRecord
  /** Whether the parameters of the request could be read; true by default. */
  isWellFormed?: boolean
}

/**
 * Creates the function that creates responses with errors, and logs errors that are masked and those of clients that exceed
 * a limit.
 */
export function createErrorResponder({ hideNames, log }: { hideNames: boolean; log: Log }) {
  const formatError = createErrorFormatter({ hideNames })
  const logSecurity = createSecurityLog(log)
  return (operation: FailedOperation): GraphqlResponse => {
    const { errors, data, status, mediaType, context, record, isWellFormed = true } = operation
    record.addErrors(errors)
    for (const error of errors) {
      if (!isUnexpected(error)) continue
      const details = { requestId: record.requestId, err: error.originalError ?? error }
      log.error(details, 'An unexpected error was masked')
    }
    if (context) logThrottledErrors(logSecurity, errors, context.viewer)
    const head = readErrorHead(errors)
    const declared = head.status ?? status
    const isBadRequest =
      !isWellFormed || errors.some(({ extensions }) => extensions['code'] === 'BAD_REQUEST')
    return {
      // With plain JSON, the status of a well-formed request depends neither on its document nor on its variables:
      // https://graphql.github.io/graphql-over-http/draft/#sec-application-json
      status: declared === 400 && !isBadRequest && isPlainJson(mediaType) ? 200 : declared,
      headers: [...createHeaders(mediaType), ...Object.entries(head.headers).flat()],
      body: stringifyJson({ errors: errors.map((error) => formatError(error.toJSON(), error)), data }),
    }
  }
}

/** Reads `extensions.http` of errors; of several statuses the last one counts. */
function readErrorHead(errors: readonly GraphQLError[]) {
  const head: { status: number | undefined; headers: Record<string, string> } = {
    status: undefined,
    headers: {},
  }
  for (const { extensions } of errors) {
    const { http } = extensions
    if (!isObject(http)) continue
    if (typeof http['status'] === 'number') head.status = http['status']
    Object.assign(head.headers, http['headers'])
  }
  return head
}

/** Returns an error that was thrown as the errors of a response. */
export function toGraphqlErrors(error: unknown): readonly GraphQLError[] {
  if (error instanceof InvalidDocumentError) return error.errors
  if (error instanceof GraphQLError) return [error]
  const originalError = error instanceof Error ? error : new Error(String(error))
  return [new GraphQLError(originalError.message, { originalError })]
}
