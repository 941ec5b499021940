import type { SharedSlot } from '../../packages/federation-router'

/** The slots that workers hold beyond their own shares. */
export interface SlotLedger {
  addWorker(worker: number): void
  /** Frees all slots of a worker that has ended. Its later messages are ignored. */
  removeWorker(worker: number): void
  /** @returns false when `max` slots of the key are taken */
  acquire(worker: number, slot: SharedSlot, max: number): boolean
  release(worker: number, slot: SharedSlot): void
  /** The number of keys with taken slots. */
  readonly size: number
}

export function createSlotLedger(): SlotLedger {
  const totals = new Map<string, number>()
  const byWorker = new Map<number, Map<string, number>>()

  return {
    addWorker: (worker) => void byWorker.set(worker, new Map()),
    removeWorker(worker) {
      for (const [name, count] of byWorker.get(worker) ?? []) add(totals, name, -count)
      byWorker.delete(worker)
    },
    acquire(worker, slot, max) {
      const name = toName(slot)
      const held = byWorker.get(worker)
      if (!held || (totals.get(name) ?? 0) >= max) return false
      add(totals, name, 1)
      add(held, name, 1)
      return true
    },
    release(worker, slot) {
      const name = toName(slot)
      const held = byWorker.get(worker)
      if (!held?.has(name)) return
      add(totals, name, -1)
      add(held, name, -1)
    },
    get size() {
      return totals.size
    },
  }
}

const toName = ({ pool, key }: SharedSlot): string => `${pool}\n${key}`

/** Changes a count. Counts of zero are removed. */
function add(counts: Map<string, number>, name: string, difference: number): void {
  const count = (counts.get(name) ?? 0) + difference
  if (count > 0) counts.set(name, count)
  else counts.delete(name)
}
