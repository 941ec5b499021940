import { LRUCache } from 'lru-cache'

import type { Executor, PlannedOperation, ValidOperation } from '../executors/executor'
import { documentCacheLimits } from '../planning/documentCacheLimits'
import type { FetchContext } from '../transport/fetchContext'
import type { Authorization, CompileAuthorization } from './authorizer'
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
   * @param isTrusted whether to plan it at once for the most common sets of requirements that are met, and to keep these plans
   * @returns undefined for an operation whose fields are open to everyone
   */
  compile(
    operation: ValidOperation,
    complete: PlannedOperation<Context>,
    isTrusted: boolean,
  ): AuthorizeRequest<Context> | undefined
}

/** @param compileAuthorization undefined for a supergraph that restricts nothing */
export function createAuthorizedPlans<Context extends AuthorizedContext>(
  executor: Executor<Context>,
  compileAuthorization: CompileAuthorization | undefined,
): AuthorizedPlans<Context> {
  // Each set of requirements that is met has a plan of its own. Other documents do not evict those of trusted ones.
  const createCache = () => new LRUCache<string, PlannedOperation<Context>>(documentCacheLimits)
  const [trustedPlans, otherPlans] = [createCache(), createCache()]
  let operations = 0

  function planCommon(valid: ValidOperation, common: readonly Authorization[]) {
    const planned = new Map<string, PlannedOperation<Context>>()
    for (const { key, allowsField } of common) {
      if (!allowsField || planned.has(key)) continue
      try {
        planned.set(key, executor.plan({ ...valid, allowsField }))
      } catch {
        // Such as a subscription without any field that these viewers may read: their requests get the error.
      }
    }
    return planned
  }

  return {
    compile(valid, complete, isTrusted) {
      const authorization = compileAuthorization?.(valid.document, valid.operation)
      if (!authorization) return undefined
      const { authorize, common } = authorization
      const kept = planCommon(valid, isTrusted ? common : [])
      const plans = isTrusted ? trustedPlans : otherPlans
      const prefix = `${operations++} `
      return async (context, runPlanning) => {
        const { key, allowsField } = await authorize(context)
        if (!allowsField) return { key, planned: complete }
        const cached = kept.get(key) ?? plans.get(prefix + key)
        if (cached) return { key, planned: cached }
        const planned = runPlanning(() => executor.plan({ ...valid, allowsField }))
        plans.set(prefix + key, planned, { size: valid.source.length + 1 })
        return { key, planned }
      }
    },
  }
}
