import { continueWith } from '../../platform'
import type { Log } from '../../platform/log'
import type { ViewerClaims } from '../../auth/tokens'
import type { ClientKeyLookup } from './clientKey'
import { RateLimitedError } from './rateLimitedError'
import { createRefusalLog, type RefusedParty } from './refusalLog'
import type { SharedBudgets } from './sharedBudgets'
import { createSlotCounter, type SlotCounter } from './slotCounter'

/** An open request, subscription or WebSocket of a client. */
export interface BudgetSlot {
  /** The client's network address. */
  readonly address: string
  /**
   * Counts the slot for its viewer, too. Returns a promise only when other workers have to be considered.
   *
   * @throws RATE_LIMITED when the viewer has too many open
   */
  assignViewer(viewer: Pick<ViewerClaims, 'viewer'> | undefined): void | Promise<void>
  /** Frees the slot. Idempotent. */
  release(): void
}

/** Limits the requests, subscriptions or WebSockets that a client and a viewer have open at the same time. */
export interface ConcurrencyBudget {
  /**
   * Returns a promise only when other workers have to be considered.
   *
   * @param viewer if it is known already
   * @throws RATE_LIMITED when the client or the viewer has too many open
   */
  acquire(address: string, viewer?: Pick<ViewerClaims, 'viewer'>): BudgetSlot | Promise<BudgetSlot>
  /** The number of clients and viewers with open slots. */
  readonly size: number
}

interface ConcurrencyBudgetOptions {
  /** The plural name in messages, for example `requests`. */
  name: string
  /** The limit of a client; that of a viewer is a quarter of it. */
  max: number
  /** The slots of a client or viewer that a worker acquires by itself; default: a part of them. */
  share?: number
  /** The other workers of the router. */
  shared?: SharedBudgets | undefined
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
  ...sharing
}: ConcurrencyBudgetOptions): ConcurrencyBudget {
  const logRefusal = createRefusalLog(log, name)
  const counts: Counts = {
    clients: createSlotCounter({ ...sharing, name: `${name} of clients`, max }),
    viewers: createSlotCounter({ ...sharing, name: `${name} of viewers`, max: computeViewerShare(max) }),
    refuse(party) {
      onRefusal?.('viewerId' in party ? 'viewer' : 'client')
      logRefusal(party)
      return new RateLimitedError(
        `This client has too many ${name} open. Wait until some have ended.`,
        retryAfterSeconds,
      )
    },
  }
  return {
    acquire(address, viewer) {
      const client = getClientKey(address)
      return continueWith(client === undefined || counts.clients.acquire(client), (isAcquired) => {
        if (!isAcquired) throw counts.refuse({ address })
        return assignOrRelease(new CountedSlot(address, client, counts), viewer)
      })
    },
    get size() {
      return counts.clients.size + counts.viewers.size
    },
  }
}

/** @throws the error of `assignViewer`, after the release of the slot */
function assignOrRelease(
  slot: BudgetSlot,
  viewer: Pick<ViewerClaims, 'viewer'> | undefined,
): BudgetSlot | Promise<BudgetSlot> {
  const release = (error: unknown): never => {
    slot.release()
    throw error
  }
  try {
    const assigned = slot.assignViewer(viewer)
    return assigned ? assigned.then(() => slot, release) : slot
  } catch (error) {
    return release(error)
  }
}

/** The state that the slots of one budget share. */
interface Counts {
  clients: SlotCounter
  viewers: SlotCounter
  refuse(party: RefusedParty): Error
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

  assignViewer(identified: Pick<ViewerClaims, 'viewer'> | undefined): void | Promise<void> {
    if (!this.countsViewer() || identified?.viewer.kind !== 'signedIn') return undefined
    const { viewers, refuse } = this.counts
    const { id } = identified.viewer
    return continueWith(viewers.acquire(id), (isAcquired) => {
      if (!isAcquired) throw refuse({ viewerId: id })
      // The slot may have been released while this waited for the other workers.
      if (this.countsViewer()) this.viewerId = id
      else viewers.release(id)
    })
  }

  private countsViewer(): boolean {
    return this.client !== undefined && this.viewerId === undefined && this.phase === 'open'
  }

  release(): void {
    if (this.phase === 'released') return
    this.phase = 'released'
    if (this.client !== undefined) this.counts.clients.release(this.client)
    if (this.viewerId !== undefined) this.counts.viewers.release(this.viewerId)
  }
}
