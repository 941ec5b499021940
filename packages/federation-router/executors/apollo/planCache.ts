import { AsyncLocalStorage } from 'node:async_hooks'
import { LRUCache } from 'lru-cache'

import type { plannerConfig, QueryPlan } from '../../planning/apolloPlanner'
import type { PlanningLimiter } from '../executor'

type PlanCache = NonNullable<(typeof plannerConfig)['cache']>

/** A cache of the gateway's plans that charges each plan to the client whose operation it was made for. */
export interface ChargedPlanCache<Context> {
  cache: PlanCache
  /** Executes an operation: a plan that is made for it is charged to its client. */
  chargePlanningTo<Result>(context: Context, execute: () => Promise<Result>): Promise<Result>
}

interface PlanRequest<Context> {
  context: Context
  requestedAtMs: number
}

/** In characters of JSON, as the gateway's own cache measures plans. */
const maxSize = 30 * 1024 * 1024

/**
 * Measures the gateway's planning from outside: it looks for a plan, plans synchronously, and stores the plan. Plans
 * for other requests in between are charged to those.
 */
export function createChargedPlanCache<Context>(
  planning: PlanningLimiter<Context>,
): ChargedPlanCache<Context> {
  const plans = new LRUCache<string, QueryPlan>({
    maxSize,
    sizeCalculation: (plan) => JSON.stringify(plan).length,
  })
  const requests = new AsyncLocalStorage<PlanRequest<Context>>()
  let lastPlannedAtMs = 0
  return {
    chargePlanningTo: (context, execute) => requests.run({ context, requestedAtMs: 0 }, execute),
    cache: {
      async get(key) {
        const cached = plans.get(key)
        const request = requests.getStore()
        if (cached || !request) return cached
        // Throws when no time is left.
        planning.runCharged(request.context, () => undefined)
        request.requestedAtMs = performance.now()
        return undefined
      },
      async set(key, plan) {
        const nowMs = performance.now()
        const request = requests.getStore()
        if (request)
          planning.charge(request.context, nowMs - Math.max(request.requestedAtMs, lastPlannedAtMs))
        lastPlannedAtMs = nowMs
        plans.set(key, plan)
      },
      delete: async (key) => plans.delete(key),
      clear: () => plans.clear(),
    },
  }
}
