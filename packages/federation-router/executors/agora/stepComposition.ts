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

/** The branches of one execution that have reached a shared step. */
interface Meeting {
  arrivedCount: number
  ended: Promise<void>
  end: (result?: Promise<void>) => void
}

/** Composes a step that parallel branches share: it runs once, when the last branch has reached it, and all of them wait for its end. */
export function composeShared<State extends object>(step: Step<State>, branchCount: number): Step<State> {
  const meetings = new WeakMap<State, Meeting>()
  return (state) => {
    const meeting = meetings.get(state) ?? createMeeting()
    meetings.set(state, meeting)
    if (++meeting.arrivedCount < branchCount) return meeting.ended
    const pending = step(state)
    meeting.end(pending)
    return pending
  }
}

function createMeeting(): Meeting {
  let end: Meeting['end'] = () => undefined
  const ended = new Promise<void>((resolve) => (end = resolve))
  return { arrivedCount: 0, ended, end: (result) => end(result) }
}
