/**
 * Has work of one kind that comes up in one turn of the event loop done in a row, once all that the turn has brought is
 * taken in. All but the first then find their code and data in the processor's caches; work that alternates with parsers
 * and sockets finds there what those have left (J. Larus and M. Parkes, "Using Cohort Scheduling to Enhance Server
 * Performance", USENIX ATC 2002).
 *
 * @returns a function that joins the cohort of this turn: what it returns resolves when the work is to be done, in the
 *   order of joining
 */
export function createTickBatcher(): () => Promise<void> {
  let cohort: Promise<void> | undefined
  return () =>
    (cohort ??= new Promise((resolve) => {
      setImmediate(() => {
        cohort = undefined
        resolve()
      })
    }))
}
