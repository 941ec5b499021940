import type { Worker } from 'node:cluster'

import { withTimeout } from '../../packages/platform'
import {
  addEndedTotals,
  aggregateMetrics,
  type MetricsSnapshot,
  type Registry,
} from '../../packages/platform/telemetry'
import { isWorkerMessage, type PrimaryMessage, type WorkerMessage } from './messages'
import { createSlotLedger } from './slotLedger'

/** The primary's part of the shared state: slots beyond those of the workers, planning time, and metrics. */
export interface Coordinator {
  /** Serves a worker until it ends. */
  addWorker(worker: Worker): void
  /** Returns the metrics of all workers and of the primary in the text format of Prometheus. */
  readMetrics(): Promise<string>
}

interface KnownWorker {
  worker: Worker
  /** Its last metrics. */
  snapshot: MetricsSnapshot
  /** Resolves the request of a snapshot, by its ID. */
  requests: Map<number, (snapshot: MetricsSnapshot) => void>
}

/** A worker that does not respond within this time is reported with its last metrics. */
const snapshotTimeoutMs = 2_000

/** @param registry the metrics of the primary itself; undefined when the metrics are not served */
export function createCoordinator(registry: Registry | undefined): Coordinator {
  const slots = createSlotLedger()
  const workers = new Map<number, KnownWorker>()
  let ended: Promise<MetricsSnapshot> = Promise.resolve([])
  let lastId = 0

  function handleMessage(known: KnownWorker, message: WorkerMessage): void {
    const { worker } = known
    switch (message.kind) {
      case 'acquireSlot': {
        const { id, slot, max } = message
        return send(worker, { kind: 'slotDecision', id, isAcquired: slots.acquire(worker.id, slot, max) })
      }
      case 'releaseSlot':
        return slots.release(worker.id, message.slot)
      case 'reportPlanning':
        for (const other of workers.values()) if (other !== known) send(other.worker, message)
        return
      case 'readMetrics':
        return void readMetrics().then((text) => send(worker, { kind: 'metrics', id: message.id, text }))
      case 'snapshot':
        known.requests.get(message.id)?.(message.snapshot)
        return
      default:
        message satisfies never
    }
  }

  async function refreshSnapshot(known: KnownWorker): Promise<void> {
    const id = ++lastId
    try {
      const response = new Promise<MetricsSnapshot>((resolve) => known.requests.set(id, resolve))
      send(known.worker, { kind: 'readSnapshot', id })
      known.snapshot = await withTimeout(snapshotTimeoutMs, response)
    } catch {
      // The last metrics stay.
    } finally {
      known.requests.delete(id)
    }
  }

  /** Waits until no worker has ended meanwhile: its totals would be counted twice, or not at all. */
  async function readEndedTotals(): Promise<MetricsSnapshot> {
    for (;;) {
      const current = ended
      const totals = await current
      if (current === ended) return totals
    }
  }

  async function readMetrics(): Promise<string> {
    const own = (await registry?.getMetricsAsJSON()) ?? []
    await Promise.all([...workers.values()].map(refreshSnapshot))
    const totals = await readEndedTotals()
    return aggregateMetrics([own, totals, ...[...workers.values()].map(({ snapshot }) => snapshot)])
  }

  return {
    addWorker(worker) {
      const known: KnownWorker = { worker, snapshot: [], requests: new Map() }
      workers.set(worker.id, known)
      slots.addWorker(worker.id)
      worker.on('message', (message: unknown) => {
        if (isWorkerMessage(message)) handleMessage(known, message)
      })
      worker.once('exit', () => {
        slots.removeWorker(worker.id)
        workers.delete(worker.id)
        for (const resolve of known.requests.values()) resolve(known.snapshot)
        ended = ended.then((totals) => addEndedTotals(totals, known.snapshot))
      })
    },
    readMetrics,
  }
}

function send(worker: Worker, message: PrimaryMessage): void {
  // Fails only when the worker has ended, which its event reports.
  worker.send(message, undefined, () => undefined)
}
