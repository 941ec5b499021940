import { randomUUID } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { mongo } from 'mongoose'

import { readBounds } from '../../platform/request/readBounds'
import { withTimeout } from '../../platform/async/timeout'

/** Who works for one consumer now. */
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

/** How long the work of a process that was killed rests, in milliseconds, where nobody can tell that it was. */
const lifetime = 5000
const renewedEvery = 1000
const triedEvery = 500
const releasedIn = 500

/** Where a process ID means one process: in a namespace, of one boot of a machine. Undefined where that cannot be told. */
function processSpace(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return undefined
  }
}

const space = processSpace()

const ownProcess = (): HolderProcess | null => (space === undefined ? null : { space, pid: process.pid })

/** Whether a holder is known to be gone: then nobody need wait until its lease lapses. */
function hasDied(holder: HolderProcess | null | undefined): boolean {
  if (!holder || holder.space !== space) return false
  try {
    process.kill(holder.pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** Lets one process at a time do the work of a name. */
export type Leases = ReturnType<typeof createLeases>

/** @param database where the processes agree; it takes a collection, `leases` */
export function createLeases(database: mongo.Db) {
  const collection = database.collection<LeaseDocument>('leases')

  async function claim(name: string, holder: string): Promise<boolean> {
    const free = { $or: [{ holder }, { $expr: { $lt: ['$until', '$$NOW'] } }] }
    const held = { holder, until: { $add: ['$$NOW', lifetime] }, process: { $literal: ownProcess() } }
    const { matchedCount } = await collection.updateOne({ _id: name, ...free }, [{ $set: held }])
    return matchedCount === 1 || ((await makeFree(name)) && (await claim(name, holder)))
  }

  /** Makes the lease that is not there, or ends one whose holder is known to have died. @returns whether it did */
  async function makeFree(name: string): Promise<boolean> {
    const unheld = { until: new Date(0) }
    const found = await collection.findOne({ _id: name }, readBounds())
    if (found && !hasDied(found.process)) return false
    const wanted = { _id: name, ...(found && { holder: found.holder }) }
    const update = found ? { $set: unheld } : { $setOnInsert: { holder: '', ...unheld } }
    const { modifiedCount, upsertedCount } = await collection.updateOne(wanted, update, { upsert: !found })
    return modifiedCount + upsertedCount > 0
  }

  return {
    /** Does the work once this process holds the lease. The work's signal is aborted with `until`, and when it is lost. */
    async hold(
      name: string,
      work: (signal: AbortSignal) => Promise<void>,
      until: AbortSignal,
    ): Promise<void> {
      const holder = randomUUID()
      while (!(await claim(name, holder))) await wait(triedEvery, undefined, { signal: until })

      const lost = new AbortController()
      let renewed = performance.now()
      const renew = async () => {
        const began = performance.now()
        if (await claim(name, holder).catch(() => began - renewed < lifetime - renewedEvery)) renewed = began
        else lost.abort()
      }
      const renewal = setInterval(() => void renew(), renewedEvery)
      try {
        await work(AbortSignal.any([lost.signal, until]))
      } finally {
        clearInterval(renewal)
        const release = collection.updateOne({ _id: name, holder }, { $set: { until: new Date(0) } })
        // What a server that is gone does not hear lapses by itself, and nobody is to wait for it.
        await withTimeout(releasedIn, release).catch(() => undefined)
      }
    },
  }
}
