import { LRUCache } from 'lru-cache'
import { AsyncLocalStorage } from 'node:async_hooks'

import type { PlanningBudget, PlanningClient } from '../../budgets/planningBudget'
import type { plannerConfig, QueryPlan } from '../../planning/planner'

type PlanCache = NonNullable<(typeof plannerConfig)['cache']>

/** The plans that the gateway has made, each charged to the client whose operation it was made for. */
export interface ChargedPlanCache {
  cache: PlanCache
  /** Executes an operation: a plan that is made for it is charged to its client. */
  chargePlanningTo<Result>(context: PlanningClient, execute: () => Promise<Result>): Promise<Result>
}

interface Request {
  context: PlanningClient
  soughtAtMs: number
}

/** In characters of JSON, as the gateway's own cache measures plans. */
const maxSize = 30 * 1024 * 1024

/**
 * Measures the gateway's planning from outside: it looks for a plan, plans synchronously, and stores the plan. Plans
 * for other requests in between are charged to those.
 */
export function createChargedPlanCache(planning: PlanningBudget): ChargedPlanCache {
  const plans = new LRUCache<string, QueryPlan>({
    maxSize,
    sizeCalculation: (plan) => JSON.stringify(plan).length,
  })
  const requests = new AsyncLocalStorage<Request>()
  let lastPlannedAtMs = 0
  return {
    chargePlanningTo: (context, execute) => requests.run({ context, soughtAtMs: 0 }, execute),
    cache: {
      async get(key) {
        const known = plans.get(key)
        const request = requests.getStore()
        if (known || !request) return known
        planning.requireRemaining(request.context)
        request.soughtAtMs = performance.now()
        return undefined
      },
      async set(key, plan) {
        const nowMs = performance.now()
        const request = requests.getStore()
        if (request) planning.charge(request.context, nowMs - Math.max(request.soughtAtMs, lastPlannedAtMs))
        lastPlannedAtMs = nowMs
        plans.set(key, plan)
      },
      delete: async (key) => plans.delete(key),
      clear: () => plans.clear(),
    },
  }
}
