import { randomUUID } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { mongo } from 'mongoose'

import { readBounds, withTimeout } from '../../platform'

/** The holder of one lease. */
interface LeaseDocument {
  _id: string
  holder: string
  /** By the server's clock. */
  until: Date
  process?: HolderProcess | null
}

interface HolderProcess {
  space: string
  pid: number
}

/** How long the work of a killed process rests when other machines cannot detect its end. */
export const leaseTtlMs = 5000
const renewIntervalMs = 1000
const claimIntervalMs = 500
const releaseTimeoutMs = 500

/**
 * Returns the space in which a process ID is unique: a PID namespace of one boot of a machine; undefined when
 * unknown.
 */
function readProcessSpace(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return undefined
  }
}

const space = readProcessSpace()

const ownProcess = (): HolderProcess | null => (space === undefined ? null : { space, pid: process.pid })

/** Returns whether a holder is known to have ended, so that its lease need not expire first. */
function hasDied(holder: HolderProcess | null | undefined): boolean {
  if (!holder || holder.space !== space) return false
  try {
    process.kill(holder.pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** A lease of another holder, for which this process waits. */
export interface HeldLease {
  /** For example `process 4711 of this machine or container`. */
  readonly holder: string
  readonly until: Date
  /** For how long this process has seen no renewal. Above its TTL, no running process holds the lease. */
  readonly unrenewedMs: number
}

/** Mutual exclusion between processes: a lease is held until it is released or expires. */
export interface Leases {
  /**
   * Runs work while this process holds the lease of a name; waits until it can be claimed. The work's signal is
   * aborted with `signal` and when the lease is lost.
   *
   * @param onWait called after each claim that another holder prevents, every 500 ms
   * @throws AbortError when the signal is aborted while it waits
   */
  hold(
    name: string,
    work: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
    onWait?: (lease: HeldLease) => void,
  ): Promise<void>
}

/** Returns a callback that reports found leases, and how long they were not renewed. */
function watchRenewals(onWait: (lease: HeldLease) => void): (found: LeaseDocument) => void {
  let renewal = ''
  let seenAtMs = 0
  return ({ holder, until, process: holderProcess }) => {
    const nowMs = performance.now()
    const found = `${holder} ${until.getTime()}`
    if (found !== renewal) [renewal, seenAtMs] = [found, nowMs]
    onWait({ holder: describeHolder(holderProcess), until, unrenewedMs: nowMs - seenAtMs })
  }
}

function describeHolder(holder: HolderProcess | null | undefined): string {
  if (!holder) return 'an unknown process'
  return `process ${holder.pid} of ${holder.space === space ? 'this' : 'another'} machine or container`
}

/** A lease that this process holds. */
interface OwnLease {
  readonly name: string
  readonly holder: string
  recordRenewal(startedAtMs: number): void
  recordLoss(): void
}

/**
 * Creates the leases of one process, which renews all of them with one command.
 *
 * @param database shared by the processes; leases are in its collection `leases`
 */
export function createLeases(database: mongo.Db): Leases {
  const collection = database.collection<LeaseDocument>('leases')
  const own = new Set<OwnLease>()
  let renewal: NodeJS.Timeout | undefined

  async function claim(
    name: string,
    holder: string,
    onHeld?: (lease: LeaseDocument) => void,
  ): Promise<boolean> {
    const isFree = { $or: [{ holder }, { $expr: { $lt: ['$until', '$$NOW'] } }] }
    const held = { holder, until: { $add: ['$$NOW', leaseTtlMs] }, process: { $literal: ownProcess() } }
    const { matchedCount } = await collection.updateOne({ _id: name, ...isFree }, [{ $set: held }])
    return matchedCount === 1 || ((await freeLease(name, onHeld)) && (await claim(name, holder, onHeld)))
  }

  // Renewals that fail, or get no response, are repeated until shortly before another process could claim the lease.
  async function renewAll(): Promise<void> {
    const startedAtMs = performance.now()
    const renewed = [...own]
    const names = renewed.map(({ name }) => name)
    const holders = renewed.map(({ holder }) => holder)
    const until = { $add: ['$$NOW', leaseTtlMs] }
    const { matchedCount } = await collection.updateMany({ _id: { $in: names }, holder: { $in: holders } }, [
      { $set: { until } },
    ])
    if (matchedCount === renewed.length) for (const lease of renewed) lease.recordRenewal(startedAtMs)
    else await Promise.all(renewed.map(renewOne))
  }

  async function renewOne(lease: OwnLease): Promise<void> {
    // It may have been released since.
    if (!own.has(lease)) return
    const startedAtMs = performance.now()
    if (await claim(lease.name, lease.holder)) lease.recordRenewal(startedAtMs)
    else lease.recordLoss()
  }

  function startRenewing(lease: OwnLease): void {
    own.add(lease)
    renewal ??= setInterval(() => void renewAll().catch(() => undefined), renewIntervalMs)
  }

  function stopRenewing(lease: OwnLease): void {
    own.delete(lease)
    if (own.size > 0) return
    clearInterval(renewal)
    renewal = undefined
  }

  /** Creates a missing lease, or ends that of a dead process. @returns whether it did */
  async function freeLease(name: string, onHeld?: (lease: LeaseDocument) => void): Promise<boolean> {
    const expired = { until: new Date(0) }
    const found = await collection.findOne({ _id: name }, readBounds())
    if (found && !hasDied(found.process)) {
      onHeld?.(found)
      return false
    }
    const filter = { _id: name, ...(found && { holder: found.holder }) }
    const update = found ? { $set: expired } : { $setOnInsert: { holder: '', ...expired } }
    const { modifiedCount, upsertedCount } = await collection.updateOne(filter, update, { upsert: !found })
    return modifiedCount + upsertedCount > 0
  }

  return {
    async hold(name, work, signal, onWait) {
      const holder = randomUUID()
      const onHeld = onWait && watchRenewals(onWait)
      let renewedAtMs = performance.now()
      while (!(await claim(name, holder, onHeld))) {
        await wait(claimIntervalMs, undefined, { signal })
        renewedAtMs = performance.now()
      }

      const lost = new AbortController()
      let expiry: NodeJS.Timeout | undefined
      const recordRenewal = (startedAtMs: number) => {
        renewedAtMs = Math.max(renewedAtMs, startedAtMs)
        clearTimeout(expiry)
        const remainingMs = renewedAtMs + leaseTtlMs - renewIntervalMs - performance.now()
        expiry = setTimeout(() => lost.abort(), remainingMs)
      }
      const lease: OwnLease = {
        name,
        holder,
        recordRenewal(startedAtMs) {
          if (own.has(lease)) recordRenewal(startedAtMs)
        },
        recordLoss: () => lost.abort(),
      }
      recordRenewal(renewedAtMs)
      startRenewing(lease)
      try {
        await work(AbortSignal.any([lost.signal, signal]))
      } finally {
        stopRenewing(lease)
        clearTimeout(expiry)
        // Without a holder, so that a renewal that arrives later does not extend it.
        const released = { holder: '', until: new Date(0) }
        const release = collection.updateOne({ _id: name, holder }, { $set: released })
        // A lease that cannot be released expires by itself.
        await withTimeout(releaseTimeoutMs, release).catch(() => undefined)
      }
    },
  }
}
