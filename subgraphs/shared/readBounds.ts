import { currentScope, RequestEnded } from './requestScope'

/** What every read of the database is given. */
export interface ReadBounds {
  /** The database interrupts the read after this time. */
  maxTimeMS: number
  /** Aborted when nobody waits for the read any more: the driver gives it up, and closes its connection. */
  signal?: AbortSignal
}

/** For reads that no deadline bounds: those of consumers, sweepers and mutations. */
const defaultReadTimeoutMs = 30_000

/**
 * Returns the bounds of a read that begins now. `openDatabase` gives them to every read of a model; whoever reads past the
 * models passes them as options.
 *
 * @throws RequestEnded when the request's deadline has passed or its client has disconnected
 */
export function readBounds(): ReadBounds {
  const scope = currentScope()
  if (!scope) return { maxTimeMS: defaultReadTimeoutMs }
  scope.signal.throwIfAborted()
  const maxTimeMS = Math.floor(scope.deadline - performance.now())
  if (maxTimeMS < 1) throw new RequestEnded('The deadline has passed.')
  return { maxTimeMS, signal: scope.signal }
}
