import type { ReceivedResponse } from './subgraphClient'

/** A query that was sent to a subgraph and has no response yet. */
export class PendingFetch {
  /** Whether another fetch of the operation waits for the same response. */
  isShared = false
  /** Identifies it; computed when it is first needed. */
  key: string | undefined

  constructor(
    readonly service: string,
    readonly body: string | Buffer,
    readonly answer: Promise<ReceivedResponse>,
  ) {}
}

/**
 * The pending queries of one operation, so that equal ones are sent once: `post(id: "1") { author { handle } }` under 90
 * aliases leads to 90 equal fetches of the author. A fetch is forgotten when its response arrives: nothing is
 * cached, and a read after a write sees the write.
 */
export class PendingFetches {
  readonly #all: PendingFetch[] = []
  /** By their keys, but only those of which another one of the same service and length was looked for. */
  readonly #byKey = new Map<string, PendingFetch>()

  find(service: string, body: string | Buffer): PendingFetch | undefined {
    let hasCandidates = false
    for (const each of this.#all) {
      if (each.service !== service || each.body.length !== body.length) continue
      hasCandidates = true
      if (each.key !== undefined) continue
      each.key = keyOf(service, each.body)
      this.#byKey.set(each.key, each)
    }
    // A text is only read where it may be equal to another; once, and not once for each other.
    return hasCandidates ? this.#byKey.get(keyOf(service, body)) : undefined
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

function keyOf(service: string, body: string | Buffer): string {
  return typeof body === 'string'
    ? `${service}\ntext\n${body}`
    : `${service}\nbytes\n${body.toString('latin1')}`
}
