/**
 * Expects that work has taken less time than a limit. Only with FULL=1: on a busy machine, the time of any work has no limit.
 *
 * @param startedAtMs on the clock of `performance.now()`
 */
export function expectDurationBelow(limitMs: number, startedAtMs: number): void {
  if (process.env['FULL'] === '1') expect(performance.now() - startedAtMs).toBeLessThan(limitMs)
}
