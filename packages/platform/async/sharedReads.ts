/** Returns the same read whose calls share the result of one in progress. */
export function shareReads<Result>(read: () => Promise<Result>): () => Promise<Result> {
  let reading: Promise<Result> | undefined
  return () => (reading ??= read().finally(() => (reading = undefined)))
}
