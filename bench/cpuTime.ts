import { readdirSync, readFileSync } from 'node:fs'

/** Returns the CPU time of all threads of these processes, in microseconds (Linux only). */
export function readCpuMicroseconds(pids: readonly number[]): number {
  return pids.flatMap(listThreadNanoseconds).reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1000
}

function listThreadNanoseconds(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    try {
      return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0])
    } catch {
      // The thread has ended.
      return []
    }
  })
}

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
