import { isUtf8 } from 'node:buffer'

import { parseResponse } from '../../../transport/responseParser'
import type { TransportResponse } from '../../../transport/transport'
import type { ExecutionInput, ExecutionOutcome } from '../compiledOperation'
import type { JsonObject } from '../../../../platform/json'
import type { SendFetch } from '../executionState'
import { EntityRegistry, type EntitySlots } from './entities'
import { shapeMismatch } from './shapeMismatch'
import type { FastPathPolicy } from './fastPathPolicy'
import { joinRopeParts, type RopePart } from './rope'
import type { RootPart } from './rootReaders'
import { ResponseReader } from './responseReader'
import { windowLength } from './jsonScanner'
import { UnsupportedPlan } from './unsupportedPlan'

/** Executes on the complete path. */
export type ExecuteOnStandardPath = (input: ExecutionInput) => Promise<ExecutionOutcome>

/** A part of a plan on the direct path. Undefined when there was nothing to wait for. */
export type FastPathStep = (run: FastPathExecution) => Promise<void> | undefined

/** A request that was sent, and what came of it. */
interface Asked {
  service: string
  body: Buffer
  answer: Promise<TransportResponse>
  /** The whole answer where it was read directly. */
  bytes: Buffer | undefined
}

/** Answers are read one at a time, and each at once. */
const reading = new ResponseReader()

/** One execution on the direct path. */
export class FastPathExecution {
  readonly variables: JsonObject
  readonly entities = new EntityRegistry()
  /** What the fetches of the root give, by their indexes. */
  readonly roots: (EntitySlots | undefined)[] = []
  #asked: Asked[] = []
  #phase: 'direct' | 'settled' = 'direct'
  #settle: ((outcome: ExecutionOutcome | Promise<ExecutionOutcome>) => void) | undefined

  constructor(
    readonly input: ExecutionInput,
    readonly policy: FastPathPolicy,
    readonly executeOnStandardPath: ExecuteOnStandardPath,
    readonly rootParts: readonly RootPart[],
  ) {
    this.variables = input.variables
  }

  execute(step: FastPathStep): Promise<ExecutionOutcome> {
    return new Promise((resolve, reject) => {
      this.#settle = resolve
      const pending = step(this)
      if (pending) pending.then(() => this.#finish(), reject)
      else this.#finish()
    })
  }

  #finish(): void {
    if (this.#phase === 'settled') return
    const texts = this.#texts()
    if (texts === undefined) return this.#giveUp(true)
    this.#phase = 'settled'
    this.policy.recordOutcome(true)
    this.#forget()
    this.#settle?.({ texts })
  }

  /**
   * What has waited is old to the garbage collector, and what hangs on it would be kept, and copied, until it looks at all
   * that is old.
   */
  #forget(): void {
    this.entities.clear()
    for (const root of this.roots) root?.clear()
    this.#asked = []
  }

  /**
   * At once, and not when all is answered: another subgraph may take its time.
   *
   * @param isMisfit whether an answer was not as expected; otherwise there was none
   */
  #giveUp(isMisfit: boolean): void {
    if (this.#phase === 'settled') return
    this.#phase = 'settled'
    if (isMisfit) this.policy.recordOutcome(false)
    const input: ExecutionInput = { ...this.input, send: (...request) => this.#send(...request) }
    // Whoever reads this answer is to have it, first.
    this.#settle?.(Promise.resolve().then(() => this.executeOnStandardPath(input)))
  }

  /** The data as JSON text in parts, one character for each byte of its UTF-8. */
  #texts(): string[] | undefined {
    const parts: RopePart[] = ['{']
    for (const part of this.rootParts) {
      if (parts.length > 1) parts.push(',')
      if (typeof part === 'string') parts.push(part)
      else parts.push(this.roots[part.fetch.index]?.slot(part.hole) ?? { text: undefined })
    }
    parts.push('}')
    return joinRopeParts(parts)
  }

  sendFetch(
    service: string,
    text: string,
    entities: number | undefined,
    read: (reading: ResponseReader) => void,
  ): Promise<void> | undefined {
    if (this.#phase === 'settled') return undefined
    const { send, context } = this.input
    const body = Buffer.from(text, 'latin1')
    const asked: Asked = { service, body, answer: unanswered, bytes: undefined }
    const readAll = (bytes: Buffer) => {
      if (!this.#read(bytes, read)) return false
      asked.bytes = bytes
      return true
    }
    const request = { body, kind: 'query', entityCount: entities, tryReadResponse: readAll } as const
    asked.answer = send(service, request, context)
    this.#asked.push(asked)
    return asked.answer.then(
      () => {
        if (!asked.bytes) this.#giveUp(true)
      },
      () => this.#giveUp(false),
    )
  }

  /** Whether an answer is as it is expected. Once one is not, none is: what was read of it may be half of it. */
  #read(bytes: Buffer, read: (reading: ResponseReader) => void): boolean {
    if (this.#phase === 'settled') return false
    const fits =
      isUtf8(bytes) &&
      (this.#fits(bytes, read, false) || (bytes.length > windowLength && this.#fits(bytes, read, true)))
    if (!fits) this.#giveUp(true)
    return fits
  }

  #fits(bytes: Buffer, read: (reading: ResponseReader) => void, whole: boolean): boolean {
    try {
      reading.open(bytes, whole, this.entities)
      read(reading)
      if (!reading.accept(closeBrace)) {
        reading.expect(',"extensions":')
        reading.skipValue()
        reading.expect('}')
      }
      reading.expectEnd()
      return true
    } catch (error) {
      if (error !== shapeMismatch && !(error instanceof UnsupportedPlan)) throw error
      return false
    } finally {
      reading.close()
    }
  }

  /** Sends what has not been sent yet. */
  async #send(...[service, request, context]: Parameters<SendFetch>): Promise<TransportResponse> {
    const body = Buffer.from(request.body)
    const index = this.#asked.findIndex((each) => each.service === service && body.equals(each.body))
    const [known] = index === -1 ? [] : this.#asked.splice(index, 1)
    if (!known) return this.input.send(service, request, context)
    const answer = await known.answer
    return known.bytes
      ? parseResponse({ status: 200, bytes: known.bytes }, request.entityCount).response
      : answer
  }
}

const closeBrace = 125
const unanswered: Promise<never> = new Promise(() => undefined)

/** Text as one character for each byte of its UTF-8. */
export function encodeAsLatin1(text: string): string {
  return /[^\u0000-\u007f]/.test(text) ? Buffer.from(text).toString('latin1') : text
}
