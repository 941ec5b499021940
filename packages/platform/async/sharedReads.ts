/** Wraps a read so that concurrent calls share one execution and its failure. The result may be older than the call. */
export function shareReads<Result>(read: () => Promise<Result>): () => Promise<Result> {
  let reading: Promise<Result> | undefined
  return () => (reading ??= read().finally(() => (reading = undefined)))
}
