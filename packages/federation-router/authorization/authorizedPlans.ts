import { LRUCache } from 'lru-cache'

import type { Executor, PlannedOperation, ValidOperation } from '../executors/executor'
import { documentCacheLimits } from '../planning/documentCacheLimits'
import type { FetchContext } from '../transport/fetchContext'
import type { Authorization, AuthorizeOperation, CompileAuthorization } from './authorizer'
import type { PolicyRequest } from './policyHook'

type AuthorizedContext = FetchContext & PolicyRequest

/** An operation without the fields that its viewer may not read. */
export interface AuthorizedOperation<Context extends FetchContext> extends Pick<Authorization, 'key'> {
  planned: PlannedOperation<Context>
}

/**
 * Authorizes the viewer of a request, and returns the plan of the fields that they may read.
 *
 * @param runPlanning runs the work of planning, for a set of requirements whose plan is not in the cache
 * @throws UNAUTHORIZED_FIELD_OR_TYPE for a subscription whose events the viewer may not read
 */
export type AuthorizeRequest<Context extends FetchContext> = (
  context: Context,
  runPlanning: (plan: () => PlannedOperation<Context>) => PlannedOperation<Context>,
) => Promise<AuthorizedOperation<Context>>

/** The plans of one supergraph for viewers who may not read everything, those that were used last. */
export interface AuthorizedPlans<Context extends FetchContext> {
  /**
   * Compiles the authorization of an operation.
   *
   * @param complete the plan for viewers who may read everything
   * @returns undefined for an operation whose fields are open to everyone
   */
  compile(
    operation: ValidOperation,
    complete: PlannedOperation<Context>,
  ): AuthorizeRequest<Context> | undefined
}

/** @param compileAuthorization undefined for a supergraph that restricts nothing */
export function createAuthorizedPlans<Context extends AuthorizedContext>(
  executor: Executor<Context>,
  compileAuthorization: CompileAuthorization | undefined,
): AuthorizedPlans<Context> {
  // Each set of requirements that is met has a plan of its own.
  const plans = new LRUCache<string, PlannedOperation<Context>>(documentCacheLimits)
  let operations = 0

  function createRequestAuthorization(
    valid: ValidOperation,
    complete: PlannedOperation<Context>,
    authorize: AuthorizeOperation,
  ): AuthorizeRequest<Context> {
    const prefix = `${operations++} `
    return async (context, runPlanning) => {
      const { key, allowsField } = await authorize(context)
      if (!allowsField) return { key, planned: complete }
      const cached = plans.get(prefix + key)
      if (cached) return { key, planned: cached }
      const planned = runPlanning(() => executor.plan({ ...valid, allowsField }))
      plans.set(prefix + key, planned, { size: valid.source.length + 1 })
      return { key, planned }
    }
  }

  return {
    compile(valid, complete) {
      const authorize = compileAuthorization?.(valid.document, valid.operation)
      return authorize && createRequestAuthorization(valid, complete, authorize)
    },
  }
}
