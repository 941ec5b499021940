import type { IncomingMessage, ServerResponse } from 'node:http'

import { createAbortHandle, type AbortSignalLike } from '../../platform'
import type { BudgetSlot, ConcurrencyBudget } from '../budgets/concurrencyBudget'
import { sendRateLimitedResponse } from '../budgets/rateLimitedError'
import type { RequestRecord } from './requestRecord'

/** Tracks requests over HTTP until their responses are closed. */
export interface RequestTracker {
  /** Records the end of a response. @returns the signal that aborts when the client disconnects before */
  followResponse(response: ServerResponse, record: RequestRecord): AbortSignalLike
  /**
   * Counts a request against the budget of its client.
   *
   * @returns undefined when the client has too many requests open, after a response with status 429, or when it has disconnected; a promise
   *   only when other workers have to be considered
   */
  open(
    request: IncomingMessage,
    response: ServerResponse,
    headers: readonly string[],
  ): BudgetSlot | undefined | Promise<BudgetSlot | undefined>
}

interface RequestTrackerOptions {
  budget: ConcurrencyBudget
  resolveAddress(request: IncomingMessage): string
}

export function createRequestTracker({ budget, resolveAddress }: RequestTrackerOptions): RequestTracker {
  return {
    followResponse(response, record) {
      const client = createAbortHandle()
      response.on('close', () => {
        const isSent = response.writableFinished
        if (!isSent) client.abort()
        record.complete(isSent ? response.statusCode : 'aborted')
      })
      return client.signal
    },
    open(request, response, headers) {
      try {
        const slot = budget.acquire(resolveAddress(request))
        if (slot instanceof Promise) return openAcquired(slot, response, headers)
        response.on('close', () => slot.release())
        return slot
      } catch (error) {
        sendRateLimitedResponse(response, headers, error)
        return undefined
      }
    },
  }
}

/** Waits for the slot of a request, and releases it at once if its client has disconnected meanwhile. */
async function openAcquired(
  acquired: Promise<BudgetSlot>,
  response: ServerResponse,
  headers: readonly string[],
): Promise<BudgetSlot | undefined> {
  try {
    const slot = await acquired
    response.on('close', () => slot.release())
    if (!response.destroyed) return slot
    slot.release()
  } catch (error) {
    if (!response.destroyed) sendRateLimitedResponse(response, headers, error)
  }
  return undefined
}
