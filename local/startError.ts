/**
 * A reason not to start that whoever reads it can act on: an entry file prints its message alone, without a stack,
 * and exits with code 1.
 */
export class StartError extends Error {
  override name = 'StartError'
}
