import { createStore } from './store'

export type ResponsePath = readonly (string | number)[]

/** A node of a query plan, as far as it is shown. A merged fetch has other paths. */
export type PlanNode =
  | { kind: 'Fetch'; serviceName: string; operation: string; requires?: unknown[] }
  | { kind: 'Flatten'; path: ResponsePath; otherPaths?: ResponsePath[]; node: PlanNode }
  | { kind: 'Sequence' | 'Parallel'; nodes: PlanNode[] }
  | { kind: 'Condition'; condition: string; ifClause?: PlanNode; elseClause?: PlanNode }
  | { kind: 'Defer'; primary: { node?: PlanNode }; deferred: { label?: string; node?: PlanNode }[] }

/** A fetch that was sent. Times are in milliseconds. */
export interface FetchTiming {
  subgraph: string
  /** The position of the fetch in the plan, in the order of its text. */
  fetch?: number
  entities?: number
  startMs: number
  durationMs?: number
  status?: number
  code?: string
  shared?: boolean
}

export interface PlanReport {
  plan: PlanNode | undefined
  /** The plan in the notation of Apollo's tools. */
  text: string | undefined
  timings: FetchTiming[]
}

/** The report of the latest operation, and whether the next one requests it. */
export const planReport = createStore<{ isRequested: boolean; report: PlanReport | undefined }>({
  isRequested: false,
  report: undefined,
})

/** Takes the report out of the extensions of a response. */
export function readPlanReport(extensions: Record<string, unknown>) {
  const { apolloQueryPlan, fetchTimings, ...rest } = extensions
  const plan = apolloQueryPlan as { object: { node?: PlanNode }; text: string } | undefined
  const timings = (fetchTimings ?? []) as FetchTiming[]
  const report: PlanReport | undefined =
    plan || fetchTimings ? { plan: plan?.object.node, text: plan?.text, timings } : undefined
  return { rest, report }
}
