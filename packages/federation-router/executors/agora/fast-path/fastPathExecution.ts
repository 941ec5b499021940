import { isUtf8 } from 'node:buffer'

import type { JsonObject } from '../../../../platform'
import { parseResponse } from '../../../transport/responseParser'
import {
  entitiesTail,
  type EntityParts,
  type TransportRequest,
  type TransportResponse,
} from '../../../transport/transportRequest'
import type { ExecutionInput, ExecutionOutcome, SendFetch } from '../../executor'
import type { Step } from '../stepComposition'
import { shapeMismatch, UnsupportedPlan } from './fallback'
import type { FastPathPolicy } from './fastPathPolicy'
import { windowLength } from './jsonScanner'
import { EntityRegistry, ResponseReader, type EntitySlots, type RequestedEntities } from './responseReader'
import type { RootPart } from './rootReaders'
import { joinRopeParts, type RopePart } from './rope'

export type ExecuteOnStandardPath = (input: ExecutionInput) => Promise<ExecutionOutcome>

export type FastPathStep = Step<FastPathExecution>

type ReadData = (reader: ResponseReader) => void

/** A fetch that was sent. */
interface SentFetch {
  service: string
  body: Buffer
  response: Promise<TransportResponse>
  /** The whole body of a response that the fast path has read; text has one character for each byte. */
  received: Buffer | string | undefined
}

const noEntities: RequestedEntities = { entities: [], representations: [] }

/** Shared by all executions: a response is read synchronously. */
const responseReader = new ResponseReader()

/** One execution on the fast path. */
export class FastPathExecution {
  readonly variables: JsonObject
  readonly entities = new EntityRegistry()
  /** The slots that the fetches of the root fill, by the indexes of the fetches. */
  readonly roots: (EntitySlots | undefined)[] = []
  #sent: SentFetch[] = []
  #phase: 'reading' | 'settled' = 'reading'
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
    const texts = this.#joinTexts()
    if (texts === undefined) return this.#fallBack({ hasFailed: false })
    this.#phase = 'settled'
    this.policy.recordOutcome(true)
    this.#release()
    this.#settle?.({ texts })
  }

  /**
   * Releases the texts. The objects of an execution that had to wait are in the old generation of the heap, and would keep
   * alive, and let the garbage collector copy, all that they refer to until its next major collection.
   */
  #release(): void {
    this.entities.clear()
    for (const root of this.roots) root?.clear()
    this.#sent = []
  }

  /**
   * Falls back to the standard executor, without waiting for pending fetches.
   *
   * @param hasFailed whether a fetch has failed; otherwise a response had another shape
   */
  #fallBack({ hasFailed }: { hasFailed: boolean }): void {
    if (this.#phase === 'settled') return
    this.#phase = 'settled'
    if (!hasFailed) this.policy.recordOutcome(false)
    const input: ExecutionInput = { ...this.input, send: (...request) => this.#send(...request) }
    // In a microtask: the transport must first resolve the response that is being read.
    this.#settle?.(Promise.resolve().then(() => this.executeOnStandardPath(input)))
  }

  /** Returns the data as JSON text in parts, with one character for each byte of its UTF-8 encoding. */
  #joinTexts(): string[] | undefined {
    const parts: RopePart[] = ['{']
    for (const part of this.rootParts) {
      if (parts.length > 1) parts.push(',')
      if (typeof part === 'string') parts.push(part)
      else parts.push(this.roots[part.fetch.index]?.slot(part.slot) ?? { text: undefined })
    }
    parts.push('}')
    return joinRopeParts(parts)
  }

  /** Returns the entities of a fetch (see `EntityRegistry`); none after a fallback, or when it needs one. */
  takeEntities(firstBatch: number, batchCount: number): RequestedEntities {
    if (this.#phase === 'settled') return noEntities
    try {
      return this.entities.take(firstBatch, batchCount)
    } catch (error) {
      if (error !== shapeMismatch) throw error
      this.#fallBack({ hasFailed: false })
      return noEntities
    }
  }

  /**
   * Sends a fetch of root fields.
   *
   * @param text the body, with one character for each byte
   * @param read reads the response up to the end of `data`
   */
  sendFetch(service: string, text: string, read: ReadData): Promise<void> | undefined {
    return this.#sendFetch(service, text, undefined, read)
  }

  /** Sends a fetch of entities. @param read reads the response up to the end of `data` */
  sendEntityFetch(service: string, entities: EntityParts, read: ReadData): Promise<void> | undefined {
    const text = `${entities.head}${entities.representations.join()}${entitiesTail}`
    return this.#sendFetch(service, text, entities, read)
  }

  #sendFetch(
    service: string,
    text: string,
    entities: EntityParts | undefined,
    read: ReadData,
  ): Promise<void> | undefined {
    if (this.#phase === 'settled') return undefined
    const { send, context } = this.input
    const body = Buffer.from(text, 'latin1')
    const sent: SentFetch = { service, body, response: neverReceived, received: undefined }
    const request: TransportRequest = {
      body,
      kind: 'query',
      entityCount: entities?.representations.length,
      entities,
      tryReadResponse: (received) => {
        if (!this.#read(received, read)) return false
        sent.received = received
        return true
      },
    }
    sent.response = send(service, request, context)
    this.#sent.push(sent)
    return sent.response.then(
      () => {
        if (sent.received === undefined) this.#fallBack({ hasFailed: false })
      },
      () => this.#fallBack({ hasFailed: true }),
    )
  }

  /** Returns whether a response has the expected shape. After a mismatch nothing is read: slots may be half filled. */
  #read(received: Buffer | string, read: ReadData): boolean {
    if (this.#phase === 'settled') return false
    const fits =
      typeof received === 'string'
        ? this.#fits(received, read, true)
        : isUtf8(received) &&
          (this.#fits(received, read, false) ||
            (received.length > windowLength && this.#fits(received, read, true)))
    if (!fits) this.#fallBack({ hasFailed: false })
    return fits
  }

  #fits(received: Buffer | string, read: ReadData, isWhole: boolean): boolean {
    try {
      responseReader.open(received, isWhole, this.entities)
      read(responseReader)
      if (!responseReader.accept(closeBrace)) {
        responseReader.expect(',"extensions":')
        responseReader.skipValue()
        responseReader.expect('}')
      }
      responseReader.expectEnd()
      return true
    } catch (error) {
      if (error !== shapeMismatch && !(error instanceof UnsupportedPlan)) throw error
      return false
    } finally {
      responseReader.close()
    }
  }

  /** Sends the fetches of the standard executor, except those that were already sent. */
  async #send(...[service, request, context]: Parameters<SendFetch>): Promise<TransportResponse> {
    const body = Buffer.from(request.body)
    const index = this.#sent.findIndex((each) => each.service === service && body.equals(each.body))
    const [sent] = index === -1 ? [] : this.#sent.splice(index, 1)
    if (!sent) return this.input.send(service, request, context)
    const response = await sent.response
    const { received } = sent
    if (received === undefined) return response
    const bytes = typeof received === 'string' ? Buffer.from(received, 'latin1') : received
    return parseResponse({ status: 200, bytes }, request.entityCount).response
  }
}

const closeBrace = 125
const neverReceived: Promise<never> = new Promise(() => undefined)
