import type { ReceivedResponse } from './responseParser'

/** A query without a response yet. */
export class PendingFetch {
  /** Whether an equal query waits for the same response. */
  isShared = false
  /** Identifies equal queries; computed when it is first needed. */
  key: string | undefined

  constructor(
    readonly service: string,
    readonly body: string | Buffer,
    readonly response: Promise<ReceivedResponse>,
  ) {}
}

/**
 * Finds equal queries of one operation, so that they are sent once: `post(id: "1") { author { handle } }` under 90 aliases
 * leads to 90 equal fetches of the author. Nothing is cached: a read after a write observes the write.
 */
export class PendingFetches {
  readonly #all: PendingFetch[] = []
  /** Contains only fetches that were compared with another one of the same service and length. */
  readonly #byKey = new Map<string, PendingFetch>()

  find(service: string, body: string | Buffer): PendingFetch | undefined {
    let hasCandidates = false
    for (const fetch of this.#all) {
      if (fetch.service !== service || fetch.body.length !== body.length) continue
      hasCandidates = true
      if (fetch.key !== undefined) continue
      fetch.key = createKey(service, fetch.body)
      this.#byKey.set(fetch.key, fetch)
    }
    // Reads each body at most once, and none without a candidate.
    return hasCandidates ? this.#byKey.get(createKey(service, body)) : undefined
  }

  add(fetch: PendingFetch): void {
    this.#all.push(fetch)
  }

  remove(fetch: PendingFetch): void {
    const index = this.#all.indexOf(fetch)
    const last = this.#all.pop()
    if (last && last !== fetch) this.#all[index] = last
    if (fetch.key !== undefined) this.#byKey.delete(fetch.key)
  }
}

function createKey(service: string, body: string | Buffer): string {
  return typeof body === 'string'
    ? `${service}\ntext\n${body}`
    : `${service}\nbytes\n${body.toString('latin1')}`
}
