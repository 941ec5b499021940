import { createResyncMessage, type SubscriptionMessage } from './messages'

const done: IteratorReturnResult<undefined> = { done: true, value: undefined }

/**
 * The messages that one subscriber has not read yet. A subscriber that reads too slowly is disconnected: its unread messages
 * are replaced by the error RESYNC (SLOW_READER). One reader iterates over the queue, and calls `return` when it stops.
 */
export class SubscriberQueue implements AsyncIterableIterator<SubscriptionMessage, undefined, undefined> {
  #phase: 'open' | 'ended' = 'open'
  #size = 0
  readonly #messages: SubscriptionMessage[] = []
  #pendingRead: ((result: IteratorResult<SubscriptionMessage, undefined>) => void) | undefined

  /**
   * @param maxSize of the unread messages, in characters of JSON; a single message may be larger
   * @param onEnd called once, when no more messages are accepted, with the last one that the router adds
   */
  constructor(
    private readonly maxSize: number,
    private readonly onEnd: (last: SubscriptionMessage | undefined) => void,
  ) {}

  push(message: SubscriptionMessage): void {
    if (this.#phase === 'ended') return
    if (message.kind === 'position') {
      // The newest position supersedes the one before it.
      if (this.#messages.at(-1)?.kind === 'position') this.#messages.pop()
      this.#add(message)
      return
    }
    if (this.#messages.length > 0 && this.#size + message.text.length > this.maxSize) {
      this.#clear()
      this.end(createResyncMessage('SLOW_READER'))
      return
    }
    this.#add(message)
  }

  /** Accepts no more messages. Unread ones, and then `last`, can still be read. */
  end(last?: SubscriptionMessage): void {
    if (this.#phase === 'ended') return
    this.#phase = 'ended'
    if (last) this.#add(last)
    this.#resolveRead(done)
    this.onEnd(last)
  }

  async next(): Promise<IteratorResult<SubscriptionMessage, undefined>> {
    const message = this.#messages.shift()
    if (message) {
      this.#size -= message.text.length
      return { done: false, value: message }
    }
    if (this.#phase === 'ended') return done
    return new Promise((resolve) => {
      this.#pendingRead = resolve
    })
  }

  /** Stops reading: unread messages are dropped. */
  async return(): Promise<IteratorResult<SubscriptionMessage, undefined>> {
    this.#clear()
    this.end()
    return done
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #add(message: SubscriptionMessage): void {
    if (this.#resolveRead({ done: false, value: message })) return
    this.#messages.push(message)
    this.#size += message.text.length
  }

  /** Returns whether a read was pending. */
  #resolveRead(result: IteratorResult<SubscriptionMessage, undefined>): boolean {
    const resolve = this.#pendingRead
    this.#pendingRead = undefined
    resolve?.(result)
    return resolve !== undefined
  }

  #clear(): void {
    this.#messages.length = 0
    this.#size = 0
  }
}
