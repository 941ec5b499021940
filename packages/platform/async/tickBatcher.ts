/**
 * Creates a batcher of work of one kind: the work of one event-loop tick runs consecutively, once all input of
 * the tick is read. All but the first then find their code and data in the processor's caches, which
 * interleaved parsing and socket handling would evict (cohort scheduling: J. Larus and M. Parkes, "Using Cohort
 * Scheduling to Enhance Server Performance", USENIX ATC 2002).
 *
 * @returns a function whose promise resolves when the work of the current tick runs, in the order of calls
 */
export function createTickBatcher(): () => Promise<void> {
  let batch: Promise<void> | undefined
  return () =>
    (batch ??= new Promise((resolve) => {
      setImmediate(() => {
        batch = undefined
        resolve()
      })
    }))
}
