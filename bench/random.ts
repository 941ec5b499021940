/** Creates a seeded random number generator (mulberry32, public domain): 0 ≤ n < 1. */
export function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** Distributes about `total` children over parents by Zipf's law with exponent 1: a few have many, most have few. */
export function distributeZipf(parents: number, total: number): number[] {
  const harmonic = Array.from({ length: parents }, (_, index) => 1 / (index + 1)).reduce(
    (sum, each) => sum + each,
    0,
  )
  return Array.from({ length: parents }, (_, index) => Math.round(total / harmonic / (index + 1)))
}
