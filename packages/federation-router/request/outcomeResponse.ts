import { stringifyJson } from '../../platform'
import type { ExecutionOutcome } from '../executors/executor'
import type { FailedOperation } from './errorResponse'
import { createHeaders, type GraphqlResponse } from './response'

/** Creates the function that creates the response to an operation that was executed. */
export function createOutcomeResponder(createErrorResponse: (operation: FailedOperation) => GraphqlResponse) {
  return (
    result: ExecutionOutcome,
    request: Pick<FailedOperation, 'mediaType' | 'context' | 'record'>,
  ): GraphqlResponse => {
    if (!result.texts && result.errors.length > 0) {
      const { data, errors } = result
      const status = data === undefined ? 400 : 200
      return createErrorResponse({ data, errors, status, ...request })
    }
    const body = result.texts ? result : stringifyJson({ data: result.data })
    return { status: 200, headers: createHeaders(request.mediaType), body }
  }
}
