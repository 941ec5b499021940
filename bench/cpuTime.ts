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
