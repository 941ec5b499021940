type Results<Value> = AsyncIterableIterator<Value, undefined, undefined>

/** Creates an iterator whose source is created by the first call of `next`; when the loop is left before, it never is. */
export function deferIterator<Value>(createSource: () => Promise<Results<Value>>): Results<Value> {
  const end = { done: true, value: undefined } as const
  let source: Promise<Results<Value>> | undefined
  let hasLeft = false
  return {
    async next() {
      if (hasLeft) return end
      source ??= createSource()
      return (await source).next()
    },
    async return() {
      hasLeft = true
      // A source that could not be created has been reported by `next`.
      await source?.then(
        (results) => results.return?.(),
        () => undefined,
      )
      return end
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
