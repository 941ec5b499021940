import { GraphQLError, type GraphQLFormattedError } from 'graphql'

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

/** Records the errors of a response, and returns them as the client may see them. */
export type ReportErrors = (
  operation: Pick<FailedOperation, 'errors' | 'context' | 'record'>,
) => GraphQLFormattedError[]

/** Creates the function that reports errors. It logs those that are masked, and those of clients that exceed a limit. */
export function createErrorReporter({ hideNames, log }: { hideNames: boolean; log: Log }): ReportErrors {
  const formatError = createErrorFormatter({ hideNames })
  const logSecurity = createSecurityLog(log)
  return ({ errors, context, record }) => {
    record.addErrors(errors)
    for (const error of errors) {
      if (!isUnexpected(error)) continue
      const details = { requestId: record.requestId, err: error.originalError ?? error }
      log.error(details, 'An unexpected error was masked')
    }
    if (context) logThrottledErrors(logSecurity, errors, context.viewer)
    return errors.map((error) => formatError(error.toJSON(), error))
  }
}

/** Creates the function that creates responses with errors. */
export function createErrorResponder(reportErrors: ReportErrors) {
  return (operation: FailedOperation): GraphqlResponse => {
    const { errors, data, status, mediaType, isWellFormed = true } = operation
    const reported = reportErrors(operation)
    const head = readErrorHead(errors)
    const declared = head.status ?? status
    const isBadRequest =
      !isWellFormed || errors.some(({ extensions }) => extensions['code'] === 'BAD_REQUEST')
    return {
      // With plain JSON, the status of a well-formed request depends neither on its document nor on its variables:
      // https://graphql.github.io/graphql-over-http/draft/#sec-application-json
      status: declared === 400 && !isBadRequest && isPlainJson(mediaType) ? 200 : declared,
      headers: [...createHeaders(mediaType), ...Object.entries(head.headers).flat()],
      body: stringifyJson({ errors: reported, data }),
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
