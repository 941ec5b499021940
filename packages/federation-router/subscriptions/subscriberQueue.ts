import { createResyncMessage, type SubscriptionMessage } from './messages'

const done: IteratorReturnResult<undefined> = { done: true, value: undefined }

/**
 * What one subscriber has not read yet, in bounds: one that falls behind loses what waits for it, is told why, and is let
 * go. To be read by one reader; whoever reads no more calls `return`.
 */
export class SubscriberQueue implements AsyncIterableIterator<SubscriptionMessage, undefined, undefined> {
  #phase: 'open' | 'ended' = 'open'
  #size = 0
  readonly #events: SubscriptionMessage[] = []
  #reader: ((result: IteratorResult<SubscriptionMessage, undefined>) => void) | undefined

  /**
   * @param limit of what waits, in characters of JSON text; one event may always wait, however long
   * @param leave is called once, when it takes no more events
   */
  constructor(
    private readonly limit: number,
    private readonly leave: () => void,
  ) {}

  push(event: SubscriptionMessage): void {
    if (this.#phase === 'ended') return
    if (event.kind === 'position') {
      // A newer one says all that those before it do.
      if (this.#events.at(-1)?.kind === 'position') this.#events.pop()
      this.#add(event)
      return
    }
    if (this.#events.length > 0 && this.#size + event.text.length > this.limit) {
      this.#forget()
      this.end(createResyncMessage('SLOW_READER'))
      return
    }
    this.#add(event)
  }

  /** What waits is still read, and then the last event. */
  end(last?: SubscriptionMessage): void {
    if (this.#phase === 'ended') return
    this.#phase = 'ended'
    if (last) this.#add(last)
    this.#read(done)
    this.leave()
  }

  async next(): Promise<IteratorResult<SubscriptionMessage, undefined>> {
    const event = this.#events.shift()
    if (event) {
      this.#size -= event.text.length
      return { done: false, value: event }
    }
    if (this.#phase === 'ended') return done
    return new Promise((resolve) => {
      this.#reader = resolve
    })
  }

  async return(): Promise<IteratorResult<SubscriptionMessage, undefined>> {
    this.#forget()
    this.end()
    return done
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #add(event: SubscriptionMessage): void {
    if (this.#read({ done: false, value: event })) return
    this.#events.push(event)
    this.#size += event.text.length
  }

  /** Whether somebody has waited for it. */
  #read(result: IteratorResult<SubscriptionMessage, undefined>): boolean {
    const reader = this.#reader
    this.#reader = undefined
    reader?.(result)
    return reader !== undefined
  }

  #forget(): void {
    this.#events.length = 0
    this.#size = 0
  }
}
