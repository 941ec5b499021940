/** The calls of `String.prototype.normalize`. */
interface NormalizeCalls {
  /** Code units of all calls. */
  total: number
  /** Code units of the longest call, because the time of a call may be quadratic. */
  longest: number
}

/** Records the calls during `work`. */
export async function recordNormalizeCalls(work: () => unknown): Promise<NormalizeCalls> {
  const normalize = jest.spyOn(String.prototype, 'normalize')
  try {
    await work()
    const lengths = normalize.mock.contexts.map((text) => String(text).length)
    return { total: lengths.reduce((sum, length) => sum + length, 0), longest: Math.max(0, ...lengths) }
  } finally {
    normalize.mockRestore()
  }
}
