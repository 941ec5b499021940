/** A step of the standard executor or of the fast path. Returns undefined when it does not wait for anything. */
export type Step<State> = (state: State) => Promise<void> | undefined

export const doNothing: Step<unknown> = () => undefined

export function composeSequence<State>(steps: readonly Step<State>[]): Step<State> {
  const [only] = steps
  if (only && steps.length === 1) return only
  function runFrom(index: number, state: State): Promise<void> | undefined {
    for (let next = index; next < steps.length; next++) {
      const pending = steps[next]?.(state)
      if (pending) return pending.then(() => runFrom(next + 1, state))
    }
    return undefined
  }
  return (state) => runFrom(0, state)
}

export function composeParallel<State>(steps: readonly Step<State>[]): Step<State> {
  return (state) => {
    const pending = steps.flatMap((step) => step(state) ?? [])
    return pending.length > 1 ? Promise.all(pending).then(() => undefined) : pending[0]
  }
}
