import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { mongo } from 'mongoose'

import { within } from '../../within'

/** Who works for one consumer now. */
interface LeaseDocument {
  _id: string
  holder: string
  /** By the server's clock. */
  until: Date
}

/** How long the work of a process that was killed rests, in milliseconds. */
const lifetime = 5000
const renewedEvery = 1000
const triedEvery = 500
const releasedIn = 500

/** Lets one process at a time do the work of a name. */
export function createLeases(database: mongo.Db) {
  const collection = database.collection<LeaseDocument>('leases')

  async function claim(name: string, holder: string): Promise<boolean> {
    const free = { $or: [{ holder }, { $expr: { $lt: ['$until', '$$NOW'] } }] }
    const { matchedCount } = await collection.updateOne({ _id: name, ...free }, [
      { $set: { holder, until: { $add: ['$$NOW', lifetime] } } },
    ])
    if (matchedCount === 1) return true
    const unheld = { holder: '', until: new Date(0) }
    const { upsertedCount } = await collection.updateOne(
      { _id: name },
      { $setOnInsert: unheld },
      { upsert: true },
    )
    return upsertedCount === 1 && (await claim(name, holder))
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
        await within(releasedIn, release).catch(() => undefined)
      }
    },
  }
}
