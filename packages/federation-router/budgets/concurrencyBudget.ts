import type { Log } from '../../platform/log'
import type { ViewerClaims } from '../../auth/viewerToken'
import type { ClientKeyLookup } from './clientKey'
import { RateLimitedError } from './rateLimitedError'

/** One thing that a client keeps open: a request, a subscription or a WebSocket. */
export interface BudgetSlot {
  /** The client's network address. */
  readonly address: string
  /** Counts it against its viewer, too. @throws RATE_LIMITED when the viewer has too many open */
  assignViewer(viewer: Pick<ViewerClaims, 'viewer'> | undefined): void
  /** Ends it. Does nothing when it has ended before. */
  release(): void
}

/** Bounds how many of one kind are open at the same time, for each client and for each viewer. */
export interface ConcurrencyBudget {
  /**
   * @param viewer when it is known already
   * @throws RATE_LIMITED when the client or the viewer has too many open
   */
  acquire(address: string, viewer?: Pick<ViewerClaims, 'viewer'>): BudgetSlot
  /** The number of clients and viewers that have any open. */
  readonly size: number
}

export interface ConcurrencyBudgetOptions {
  /** The counted things, in the plural. */
  name: string
  /** For one client; a viewer may have a quarter of them open. */
  max: number
  clientOf: ClientKeyLookup
  log: Log
}

/** Returns a viewer's share of a client's budget: a quarter, and at least 1. */
export const computeViewerShare = (client: number): number => Math.max(1, Math.floor(client / 4))

const retryAfterSeconds = 1

/** Creates a budget of things that are open at the same time. */
export function createConcurrencyBudget({
  name,
  max,
  clientOf,
  log,
}: ConcurrencyBudgetOptions): ConcurrencyBudget {
  const counts: Counts = {
    clients: new Counter(max),
    viewers: new Counter(computeViewerShare(max)),
    refuse(details) {
      log.info({ ...details, budget: name }, 'A client exceeds its budget')
      return new RateLimitedError(
        `This client has too many ${name} open. Wait until some have ended.`,
        retryAfterSeconds,
      )
    },
  }
  return {
    acquire(address, viewer) {
      const client = clientOf(address)
      if (client !== undefined && !counts.clients.increment(client)) throw counts.refuse({ client })
      const slot = new CountedSlot(address, client, counts)
      try {
        slot.assignViewer(viewer)
        return slot
      } catch (error) {
        slot.release()
        throw error
      }
    },
    get size() {
      return counts.clients.size + counts.viewers.size
    },
  }
}

/** The counts that the slots of one budget share. */
interface Counts {
  clients: Counter
  viewers: Counter
  refuse(details: object): Error
}

class CountedSlot implements BudgetSlot {
  private phase: 'open' | 'released' = 'open'
  private viewerId: string | undefined

  /** @param client undefined for one without budgets */
  constructor(
    readonly address: string,
    private readonly client: string | undefined,
    private readonly counts: Counts,
  ) {}

  assignViewer(identified: Pick<ViewerClaims, 'viewer'> | undefined): void {
    if (this.client === undefined || this.viewerId !== undefined || this.phase === 'released') return
    if (identified?.viewer.kind !== 'signedIn') return
    const { id } = identified.viewer
    if (!this.counts.viewers.increment(id)) throw this.counts.refuse({ viewerId: id })
    this.viewerId = id
  }

  release(): void {
    if (this.phase === 'released') return
    this.phase = 'released'
    if (this.client !== undefined) this.counts.clients.decrement(this.client)
    if (this.viewerId !== undefined) this.counts.viewers.decrement(this.viewerId)
  }
}

/** Counts by key. A key whose count is zero takes no memory. */
class Counter {
  private readonly counts = new Map<string, number>()

  constructor(private readonly max: number) {}

  get size(): number {
    return this.counts.size
  }

  /** @returns false when the key is at its maximum */
  increment(key: string): boolean {
    const count = this.counts.get(key) ?? 0
    if (count >= this.max) return false
    this.counts.set(key, count + 1)
    return true
  }

  decrement(key: string): void {
    const count = this.counts.get(key) ?? 0
    if (count > 1) this.counts.set(key, count - 1)
    else this.counts.delete(key)
  }
}
