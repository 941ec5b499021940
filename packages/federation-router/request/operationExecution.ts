import type { IncomingHttpHeaders } from 'node:http'

import type { JsonObject } from '../../platform'
import type { PlannedOperation } from '../executors/executor'
import { addCachingHeaders } from './clientCaching'
import type { RouterContext } from './context'
import type { FailedOperation, ReportErrors } from './errorResponse'
import { selectIncrementalFormat, writeParts, type IncrementalResponse } from './incrementalResponse'
import { createOutcomeResponder } from './outcomeResponse'
import { startQueryPlanReport } from './queryPlanReport'
import type { GraphqlResponse } from './response'

/** The outcome of a query or mutation: the parts of a query with deferred fragments, or the response to any other operation. */
export type ExecutedOutcome =
  ({ kind: 'parts' } & IncrementalResponse) | { kind: 'response'; response: GraphqlResponse }

/** A query or mutation that is ready to be executed. */
interface OperationToExecute extends Pick<FailedOperation, 'mediaType' | 'record'> {
  method: string | undefined
  headers: IncomingHttpHeaders
  variables: JsonObject
  context: RouterContext
}

interface OperationExecutionOptions {
  createErrorResponse(operation: FailedOperation): GraphqlResponse
  reportErrors: ReportErrors
  /** Whether clients may request the query plan. */
  queryPlans: boolean
}

/** Creates the function that executes queries and mutations. */
export function createOperationExecution(options: OperationExecutionOptions) {
  const { createErrorResponse, reportErrors, queryPlans } = options
  const respond = createOutcomeResponder(createErrorResponse)
  return async (
    planned: PlannedOperation<RouterContext>,
    { method, headers, variables, mediaType, context, record }: OperationToExecute,
  ): Promise<ExecutedOutcome> => {
    record.startExecution(context)
    const report = queryPlans ? startQueryPlanReport(planned, headers, context) : undefined
    const { deferred } = planned
    const format = deferred && selectIncrementalFormat(headers.accept)
    if (deferred && format && report?.isExecuted !== false) {
      const outcome = await deferred.execute(variables, context)
      const parts = writeParts(outcome, {
        format,
        formatErrors: (errors) => reportErrors({ errors, context, record }),
        createExtensions: () => report?.createExtensions(deferred.plan),
        onEnd: () => record.completeOperation(),
      })
      return { kind: 'parts', format, parts }
    }
    const { execute } = report?.planned ?? planned
    const response = respond(await execute(variables, context), { mediaType, context, record })
    if (report) return { kind: 'response', response: report.addTo(response) }
    return { kind: 'response', response: addCachingHeaders(response, context.cacheUse, method, headers) }
  }
}
