import type { PlanNode, QueryPlan } from '../../planning/apolloPlanner'
import type { ExecutionState, PlanStep } from './executionState'

/** The fetches of the initial response or of a deferred fragment, and of the fragments that are deferred within. */
interface Stage {
  step: PlanStep
  deferred: readonly { label: string; dependsOn: readonly string[]; stage: Stage }[]
}

/** The fetches of an execution that have ended. */
interface Progress {
  /** Resolves when the fetch with an identifier has ended. */
  waitForFetch(id: string): Promise<void>
  /** Resolves when the fetches of a deferred fragment have ended; at once for one without fetches of its own. */
  waitForPart(label: string): Promise<void>
}

interface DeferredSteps {
  /** Starts the fetches of all parts, each when those that it depends on have ended. Resolves when those of the initial response have. */
  run(state: ExecutionState): { initial: Promise<void>; waitForPart: Progress['waitForPart'] }
}

type CompileSteps = (
  node: PlanNode | undefined,
  onFetched: (state: ExecutionState, id: string) => void,
) => PlanStep

/** Compiles a plan whose deferred parts are delivered later. */
export function compileDeferredSteps(node: QueryPlan['node'], compileSteps: CompileSteps): DeferredSteps {
  const endedFetches = new WeakMap<ExecutionState, Signals>()
  const onFetched = (state: ExecutionState, id: string) => endedFetches.get(state)?.resolve(id)

  function compileStage(part: PlanNode | undefined): Stage {
    if (part?.kind !== 'Defer') return { step: compileSteps(part, onFetched), deferred: [] }
    return {
      step: compileSteps(part.primary.node, onFetched),
      deferred: part.deferred.map(({ label = '', depends, node: below }) => ({
        label,
        dependsOn: depends.map(({ id }) => id),
        stage: compileStage(below),
      })),
    }
  }

  const root = compileStage(node?.kind === 'Subscription' ? undefined : node)
  const labels = new Set(listLabels(root))

  return {
    run(state) {
      const fetches = new Signals()
      const parts = new Signals()
      endedFetches.set(state, fetches)

      function start({ step, deferred }: Stage, above: Promise<unknown>): Promise<void> {
        const own = Promise.resolve(step(state))
        // A fetch that the conditions of the operation exclude never ends.
        const all = Promise.all([own, above])
        for (const { label, dependsOn, stage } of deferred) {
          const dependencies = Promise.all(dependsOn.map((id) => fetches.wait(id)))
          const ended = Promise.race([dependencies, all]).then(() => start(stage, all))
          parts.resolve(label, ended)
        }
        return own
      }

      return {
        initial: start(root, Promise.resolve()),
        waitForPart: (label) => (labels.has(label) ? parts.wait(label) : Promise.resolve()),
      }
    },
  }
}

const listLabels = ({ deferred }: Stage): string[] =>
  deferred.flatMap(({ label, stage }) => [label, ...listLabels(stage)])

/** Promises by name, which may be awaited before they exist. */
class Signals {
  readonly #signals = new Map<string, { promise: Promise<void>; resolve: (end?: Promise<void>) => void }>()

  wait(name: string): Promise<void> {
    return this.#find(name).promise
  }

  resolve(name: string, end?: Promise<void>): void {
    this.#find(name).resolve(end)
  }

  #find(name: string) {
    const known = this.#signals.get(name)
    if (known) return known
    let resolve: (end?: Promise<void>) => void = () => undefined
    const promise = new Promise<void>((settle) => (resolve = settle))
    // The client may have disconnected, so that the part is not awaited.
    promise.catch(() => undefined)
    const signal = { promise, resolve: (end?: Promise<void>) => resolve(end) }
    this.#signals.set(name, signal)
    return signal
  }
}
