/** What `String.prototype.normalize` was called with while some work was done. */
export interface NormalizeCalls {
  /** Code units in all calls together. */
  total: number
  /** Code units in the longest call: one call may take quadratic time. */
  longest: number
}

/** Counts the characters that are normalised during some work. */
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
