export function findMedian(values: readonly number[]): number {
  return findQuantile(values, 0.5)
}

/** @param quantile 0 to 1; values between two measured ones are interpolated */
export function findQuantile(values: readonly number[], quantile: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const position = quantile * (sorted.length - 1)
  const lower = sorted[Math.floor(position)] ?? 0
  const upper = sorted[Math.ceil(position)] ?? 0
  return lower + (upper - lower) * (position % 1)
}
