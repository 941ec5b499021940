import { currentScope, RequestEndedError } from './requestScope'

/** The options of every read of the database. */
export interface ReadBounds {
  /** The database interrupts the read after this time. */
  maxTimeMS: number
  /** Aborted when the result is no longer needed: the driver gives up the read, and closes its connection. */
  signal?: AbortSignal
}

/** For reads that no deadline bounds: those of consumers, sweepers and mutations. */
const defaultReadTimeoutMs = 30_000

/**
 * Returns the bounds of a read that begins now. `openDatabase` applies them to every read of a model; reads past the
 * models must pass them as options.
 *
 * @throws RequestEnded when the request's deadline has passed or its client has disconnected
 */
export function readBounds(): ReadBounds {
  const scope = currentScope()
  if (!scope) return { maxTimeMS: defaultReadTimeoutMs }
  scope.signal.throwIfAborted()
  const maxTimeMS = Math.floor(scope.deadline - performance.now())
  if (maxTimeMS < 1) throw new RequestEndedError('The deadline has passed.')
  return { maxTimeMS, signal: scope.signal }
}
