import { currentScope, RequestEndedError } from './requestScope'

/** The options of a database read. */
interface ReadBounds {
  /** The server interrupts the read after this time. */
  maxTimeMS: number
  /** Aborted when the result is no longer needed: the driver then cancels the read and closes its connection. */
  signal?: AbortSignal
}

/** For reads without a deadline: those of consumers, sweepers and mutations. */
const defaultReadTimeoutMs = 30_000

/**
 * Returns the bounds of a read that begins now: the deadline of the request. `openDatabase` adds them to every
 * read of a model; reads of a driver's collection must pass them as options.
 *
 * @throws RequestEndedError when the request's deadline has passed or its client has disconnected
 */
export function readBounds(): ReadBounds {
  const scope = currentScope()
  if (!scope) return { maxTimeMS: defaultReadTimeoutMs }
  scope.signal.throwIfAborted()
  const maxTimeMS = Math.floor(scope.deadline - performance.now())
  if (maxTimeMS < 1) throw new RequestEndedError('The deadline has passed.')
  return { maxTimeMS, signal: scope.signal }
}
