import type { GraphiQLPlugin } from '@graphiql/react'
import { parse, print } from 'graphql'
import { useEffect, type ReactNode } from 'react'

import { planReport, type FetchTiming, type PlanNode, type PlanReport, type ResponsePath } from './planReport'
import { useStore } from './store'

/** The panel that shows how the router has executed the latest operation. Operations request the plan while it is open. */
export const queryPlanPlugin: GraphiQLPlugin = {
  title: 'Query plan',
  icon: PlanIcon,
  content: PlanPanel,
}

function PlanIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <circle cx="5" cy="12" r="2.5" />
      <circle cx="19" cy="5" r="2.5" />
      <circle cx="19" cy="19" r="2.5" />
      <path d="M7.5 12h3.5c2 0 2-7 5.5-7M11 12c2 0 2 7 5.5 7" />
    </svg>
  )
}

function PlanPanel() {
  const { report } = useStore(planReport)
  useEffect(() => {
    planReport.set({ ...planReport.get(), isRequested: true })
    return () => planReport.set({ ...planReport.get(), isRequested: false })
  }, [])
  return (
    <section className="explorer-plan" aria-label="Query plan">
      <h2>Query plan</h2>
      {report ? <Report report={report} /> : <p>Run a query or a mutation to see its plan.</p>}
    </section>
  )
}

function Report({ report: { plan, text, timings } }: { report: PlanReport }) {
  const totalMs = Math.max(0, ...timings.map(({ startMs, durationMs = 0 }) => startMs + durationMs))
  const count = timings.length === 1 ? '1 fetch' : `${timings.length} fetches`
  return (
    <>
      <p>{timings.length === 0 ? 'No fetch was sent.' : `${count} in ${formatMs(totalMs)}`}</p>
      {plan && <PlanTree plan={plan} timings={timings} totalMs={totalMs} />}
      {timings
        .filter(({ fetch }) => fetch === undefined)
        .map((timing, index) => (
          <Timing key={index} timing={timing} totalMs={totalMs} />
        ))}
      {text !== undefined && (
        <details>
          <summary>Plan as text</summary>
          <pre>{text}</pre>
        </details>
      )}
    </>
  )
}

interface TreeProps {
  plan: PlanNode
  timings: readonly FetchTiming[]
  totalMs: number
}

function PlanTree({ plan, timings, totalMs }: TreeProps) {
  // Fetches are numbered in the order of the plan, which is the order in which they are rendered.
  const fetches: PlanNode[] = []
  collectFetches(plan, fetches)
  const render = (node: PlanNode, paths: readonly ResponsePath[]): ReactNode => {
    switch (node.kind) {
      case 'Fetch':
        return (
          <FetchRow
            node={node}
            paths={paths}
            timings={timings.filter(({ fetch }) => fetch === fetches.indexOf(node))}
            totalMs={totalMs}
          />
        )
      case 'Flatten':
        return render(node.node, [node.path, ...(node.otherPaths ?? [])])
      default:
        return renderGroup(node, paths)
    }
  }
  const renderGroup = (
    node: Exclude<PlanNode, { kind: 'Fetch' | 'Flatten' }>,
    paths: readonly ResponsePath[],
  ): ReactNode => (
    <div className="explorer-plan-group">
      <div className="explorer-plan-kind">{groupLabels(node)}</div>
      <ol>
        {listParts(node).map((part, index) => (
          <li key={index}>{render(part, paths)}</li>
        ))}
      </ol>
    </div>
  )
  return render(plan, [])
}

function groupLabels(node: Exclude<PlanNode, { kind: 'Fetch' | 'Flatten' }>): string {
  switch (node.kind) {
    case 'Sequence':
      return 'One after the other'
    case 'Parallel':
      return 'At the same time'
    case 'Condition':
      return `Depending on $${node.condition}`
    case 'Defer':
      return 'Deferred parts follow'
  }
}

function listParts(node: PlanNode): PlanNode[] {
  const parts = () => {
    switch (node.kind) {
      case 'Fetch':
        return []
      case 'Flatten':
        return [node.node]
      case 'Sequence':
      case 'Parallel':
        return node.nodes
      case 'Condition':
        return [node.ifClause, node.elseClause]
      case 'Defer':
        return [node.primary, ...node.deferred].map((part) => part.node)
    }
  }
  return parts().filter((part) => part !== undefined)
}

function collectFetches(node: PlanNode, fetches: PlanNode[]): void {
  if (node.kind === 'Fetch') fetches.push(node)
  for (const part of listParts(node)) collectFetches(part, fetches)
}

interface FetchRowProps {
  node: Extract<PlanNode, { kind: 'Fetch' }>
  paths: readonly ResponsePath[]
  timings: readonly FetchTiming[]
  totalMs: number
}

function FetchRow({ node, paths, timings, totalMs }: FetchRowProps) {
  const fields = paths.map((path) => path.filter((element) => element !== '@').join('.')).join(', ')
  return (
    <details className="explorer-plan-fetch">
      <summary>
        <strong>{node.serviceName}</strong> {fields !== '' && <code>{fields}</code>}
        {timings.length === 0 && <small>not needed</small>}
        {timings.map((timing, index) => (
          <Timing key={index} timing={timing} totalMs={totalMs} isNamed />
        ))}
      </summary>
      <pre>{formatOperation(node.operation)}</pre>
    </details>
  )
}

/** A fetch as a bar on the time line of the operation. */
function Timing({
  timing,
  totalMs,
  isNamed = false,
}: {
  timing: FetchTiming
  totalMs: number
  isNamed?: boolean
}) {
  const { subgraph, startMs, durationMs = 0, entities, status, code, shared } = timing
  const percent = (milliseconds: number) => `${totalMs === 0 ? 0 : (100 * milliseconds) / totalMs}%`
  const isFailed = code !== undefined || (status !== undefined && status >= 400)
  const details = [
    ...(isNamed ? [] : [subgraph]),
    formatMs(durationMs),
    ...(entities === undefined ? [] : [entities === 1 ? '1 entity' : `${entities} entities`]),
    code ?? `status ${status}`,
    ...(shared ? ['shared'] : []),
  ]
  return (
    <span className={isFailed ? 'explorer-timing explorer-failed' : 'explorer-timing'}>
      <span className="explorer-track">
        <span style={{ marginLeft: percent(startMs), width: percent(durationMs) }} />
      </span>
      <small>{details.join(' · ')}</small>
    </span>
  )
}

const formatMs = (milliseconds: number) => `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`

function formatOperation(operation: string): string {
  return print(parse(operation))
}
