import type { PlanningCharge, SharedBudgets } from '../../packages/federation-router'
import type { MetricsSnapshot } from '../../packages/platform/telemetry'
import { isPrimaryMessage, type WorkerMessage } from './messages'

/** Connects a worker with the primary, and through it with the other workers. */
interface WorkerLink extends SharedBudgets {
  /** Returns the metrics of all workers in the text format of Prometheus. */
  readMetrics(): Promise<string>
  /** Sets the function that reads the metrics of this worker; until then it has none. */
  provideSnapshots(read: () => Promise<MetricsSnapshot>): void
}

/** @param workers the number of workers, this one included */
export function createWorkerLink(workers: number): WorkerLink {
  let lastId = 0
  const slotRequests = new Map<number, (isAcquired: boolean) => void>()
  const metricsRequests = new Map<number, (text: string) => void>()
  const planningListeners: ((charges: readonly PlanningCharge[]) => void)[] = []
  let readSnapshot: () => Promise<MetricsSnapshot> = () => Promise.resolve([])

  process.on('message', (message: unknown) => {
    if (!isPrimaryMessage(message)) return
    switch (message.kind) {
      case 'slotDecision':
        slotRequests.get(message.id)?.(message.isAcquired)
        return void slotRequests.delete(message.id)
      case 'reportPlanning':
        for (const listener of planningListeners) listener(message.charges)
        return
      case 'metrics':
        metricsRequests.get(message.id)?.(message.text)
        return void metricsRequests.delete(message.id)
      case 'readSnapshot':
        return void readSnapshot().then((snapshot) => send({ kind: 'snapshot', id: message.id, snapshot }))
      default:
        message satisfies never
    }
  })

  return {
    workers,
    acquireSlot: (slot, max) =>
      new Promise((resolve) => {
        const id = ++lastId
        slotRequests.set(id, resolve)
        send({ kind: 'acquireSlot', id, slot, max })
      }),
    releaseSlot: (slot) => send({ kind: 'releaseSlot', slot }),
    reportPlanning: (charges) => send({ kind: 'reportPlanning', charges }),
    onPlanning: (listener) => void planningListeners.push(listener),
    readMetrics: () =>
      new Promise((resolve) => {
        const id = ++lastId
        metricsRequests.set(id, resolve)
        send({ kind: 'readMetrics', id })
      }),
    provideSnapshots(read) {
      readSnapshot = read
    },
  }
}

function send(message: WorkerMessage): void {
  // Fails only when the primary has ended, and then this process ends, too.
  process.send?.(message, undefined, undefined, () => undefined)
}
