import type { Log } from '../../platform/log'
import type { ViewerClaims } from '../../auth/tokens'
import type { ClientKeyLookup } from './clientKey'
import { RateLimitedError } from './rateLimitedError'

/** An open request, subscription or WebSocket of a client. */
export interface BudgetSlot {
  /** The client's network address. */
  readonly address: string
  /** Counts the slot for its viewer, too. @throws RATE_LIMITED when the viewer has too many open */
  assignViewer(viewer: Pick<ViewerClaims, 'viewer'> | undefined): void
  /** Frees the slot. Idempotent. */
  release(): void
}

/** Limits the requests, subscriptions or WebSockets that a client and a viewer have open at the same time. */
export interface ConcurrencyBudget {
  /**
   * @param viewer if it is known already
   * @throws RATE_LIMITED when the client or the viewer has too many open
   */
  acquire(address: string, viewer?: Pick<ViewerClaims, 'viewer'>): BudgetSlot
  /** The number of clients and viewers with open slots. */
  readonly size: number
}

interface ConcurrencyBudgetOptions {
  /** The plural name in messages, for example `requests`. */
  name: string
  /** The limit of a client; that of a viewer is a quarter of it. */
  max: number
  getClientKey: ClientKeyLookup
  /** Called for each refusal, with the limit that was exceeded. */
  onRefusal?(scope: 'client' | 'viewer'): void
  log: Log
}

/** Returns a viewer's share of a client's budget: a quarter, and at least 1. */
export const computeViewerShare = (client: number): number => Math.max(1, Math.floor(client / 4))

const retryAfterSeconds = 1

export function createConcurrencyBudget({
  name,
  max,
  getClientKey,
  onRefusal,
  log,
}: ConcurrencyBudgetOptions): ConcurrencyBudget {
  const counts: Counts = {
    clients: new Counter(max),
    viewers: new Counter(computeViewerShare(max)),
    refuse(details) {
      onRefusal?.('viewerId' in details ? 'viewer' : 'client')
      log.info({ ...details, budget: name }, 'A client exceeds its budget')
      return new RateLimitedError(
        `This client has too many ${name} open. Wait until some have ended.`,
        retryAfterSeconds,
      )
    },
  }
  return {
    acquire(address, viewer) {
      const client = getClientKey(address)
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

/** The state that the slots of one budget share. */
interface Counts {
  clients: Counter
  viewers: Counter
  refuse(details: object): Error
}

class CountedSlot implements BudgetSlot {
  private phase: 'open' | 'released' = 'open'
  private viewerId: string | undefined

  /** @param client undefined for a client without budgets */
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

/** Counts by key. Keys with a count of zero are removed. */
class Counter {
  private readonly counts = new Map<string, number>()

  constructor(private readonly max: number) {}

  get size(): number {
    return this.counts.size
  }

  /** Returns false when the key has its maximum. */
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
