import { JsonScanner } from './jsonScanner'
import { ResponseBody, type ResponseSlot, type Rope, type RopePart } from './rope'

/** Reads the fields that one fetch selects on entities of one type at one path. */
export interface EntityReader {
  /** The number of slots that the fields fill: consecutive fields of the response share one. */
  slotCount: number
  /** Reads an entity of the response into its slots. */
  read(reader: ResponseReader, entity: EntitySlots): void
}

const noValues: readonly string[] = []

/** The slots of an entity that a fetch fills. The object itself is the first slot. */
export class EntitySlots implements ResponseSlot {
  text: ResponseSlot['text'] = undefined
  /** The values that representations for later fetches need, as JSON text. Empty until the fetch has been read. */
  captured = noValues
  readonly #others: readonly ResponseSlot[] | undefined

  /** @param key identifies the entity among those of one type in a batch, until the batch is taken */
  constructor(
    readonly type: EntityReader,
    public key = '',
  ) {
    if (type.slotCount > 1)
      this.#others = Array.from({ length: type.slotCount - 1 }, () => ({ text: undefined }))
  }

  slot(index: number): ResponseSlot {
    const slot = index === 0 ? this : this.#others?.[index - 1]
    if (!slot) throw new Error(`The entity has no slot ${index}.`)
    return slot
  }

  /** Fills the slots with the text of an entity that has the same reader. */
  copy(entity: EntitySlots): void {
    for (let index = 0; index < this.type.slotCount; index++) this.slot(index).text = entity.slot(index).text
    this.captured = entity.captured
  }

  clear(): void {
    this.text = undefined
    this.captured = noValues
    for (const slot of this.#others ?? []) slot.text = undefined
  }
}

/** Entities with equal representations, at several paths. */
export type EqualEntities = readonly [EntitySlots, ...EntitySlots[]]

/** The entities of a request, and their representations in the same order. */
export interface RequestedEntities {
  entities: readonly (EntitySlots | EqualEntities)[]
  representations: readonly string[]
}

/**
 * Writes a representation with fields of other fetches, when these have been read.
 *
 * @throws shapeMismatch for a value that the standard executor must handle
 */
type WriteRepresentation = () => string

/** The entities of one fetch at one path, in the order in which they are first read. Entities with equal representations are one. */
class BatchEntities {
  readonly entities: EntitySlots[] = []
  readonly #representations: (string | WriteRepresentation)[] = []
  readonly #byType = new Map<EntityReader, Map<string, EntitySlots>>()
  /** Whether two representations may be equal: those with fields of other fetches are compared when these have been read. */
  mayRepeat = false

  /** Returns the entities of one type, by their keys. */
  getEntitiesOfType(type: EntityReader): Map<string, EntitySlots> {
    const existing = this.#byType.get(type)
    if (existing) return existing
    const entities = new Map<string, EntitySlots>()
    this.#byType.set(type, entities)
    return entities
  }

  add(entity: EntitySlots, representation: string | WriteRepresentation): void {
    this.entities.push(entity)
    this.#representations.push(representation)
    if (typeof representation !== 'string') this.mayRepeat = true
  }

  /** @throws shapeMismatch */
  writeRepresentations(): string[] {
    return this.#representations.map((each) => (typeof each === 'string' ? each : each()))
  }
}

/** The entities of all fetches of one execution, in batches: one for each path of a fetch. */
export class EntityRegistry {
  readonly #batches: (BatchEntities | undefined)[] = []
  #taken: EntitySlots[] | undefined

  of(batch: number): BatchEntities {
    return (this.#batches[batch] ??= new BatchEntities())
  }

  /**
   * Removes and returns the entities of a fetch, in the order of its batches, each representation once. While its response is
   * pending, only the slots are retained.
   *
   * @throws shapeMismatch
   */
  take(firstBatch: number, batchCount: number): RequestedEntities {
    const batches = Array.from({ length: batchCount }, (_, index) => this.#takeBatch(firstBatch + index))
    const [only] = batches
    if (only && batchCount === 1 && !only.mayRepeat)
      return { entities: only.entities, representations: only.writeRepresentations() }
    const byRepresentation = new Map<string, EqualEntities>()
    for (const batch of batches) {
      const representations = batch.writeRepresentations()
      for (const [at, entity] of batch.entities.entries()) {
        const representation = representations[at] ?? ''
        const equal = byRepresentation.get(representation)
        byRepresentation.set(representation, equal ? [...equal, entity] : [entity])
      }
    }
    return { entities: [...byRepresentation.values()], representations: [...byRepresentation.keys()] }
  }

  #takeBatch(index: number): BatchEntities {
    const batch = this.#batches[index] ?? new BatchEntities()
    this.#batches[index] = undefined
    for (const entity of batch.entities) {
      // A part of the text of a response, which it would retain.
      entity.key = ''
      ;(this.#taken ??= []).push(entity)
    }
    return batch
  }

  clear(): void {
    for (const entity of this.#taken ?? []) entity.clear()
    this.#taken = undefined
  }
}

const noEntities = new EntityRegistry()
const emptyBody = new ResponseBody(Buffer.alloc(0))

/**
 * Reads responses, one after the other, and builds the rope of the text to return: spans of the response, with slots between
 * them. Spans that are adjacent in the response are joined.
 *
 * The readers of objects may push onto the stacks, and restore them at the end of the object.
 */
export class ResponseReader extends JsonScanner {
  /** A stack of values that representations need, as JSON text. */
  readonly captured: string[] = []
  /** A stack of the indexes of reserved slots. */
  readonly slotIndexes: number[] = []
  /** A stack of values that are appended later, since the response has another order. */
  readonly stored: (string | Rope)[] = []
  entities = noEntities
  #body = emptyBody
  #parts: RopePart[] = []
  /** The span that is not in the parts yet. */
  #from = -1
  #to = -1

  /** @param entities receives the entities of the response @param isWhole see `JsonScanner.scan` */
  open(body: Buffer | string, isWhole: boolean, entities: EntityRegistry): void {
    this.scan(body, isWhole)
    this.entities = entities
    this.#body = new ResponseBody(this.bytes, typeof body === 'string' ? body : '')
  }

  /** Releases the response. */
  close(): void {
    // After a shape mismatch the stacks are not empty. Truncating an empty array takes time, too.
    for (const stack of [this.captured, this.slotIndexes, this.stored]) if (stack.length > 0) stack.length = 0
    this.#parts = []
    this.#from = this.#to = -1
    this.entities = noEntities
    this.#body = emptyBody
    this.release()
  }

  /** Must be called between two items of a list, when no reader holds a position in the text. */
  moveWindowIfNeeded(): void {
    if (!this.canMoveWindow) return
    this.#flush()
    this.moveWindow()
  }

  /** Appends a span of the response. */
  appendSpan(from: number, to: number): void {
    if (from !== this.#to) {
      this.#flush()
      this.#from = from
    }
    this.#to = to
  }

  /** Appends text that is not in the response. */
  appendText(text: string): void {
    this.#flush()
    this.#parts.push(text)
  }

  /** Appends a slot, which `fillSlot` must provide. */
  reserveSlot(): void {
    this.#flush()
    this.slotIndexes.push(this.#parts.push('') - 1)
  }

  fillSlot(index: number, slot: ResponseSlot): void {
    this.#parts[index] = slot
  }

  /** Appends a value from the stack of stored values. */
  appendStored(stored: string | Rope): void {
    if (typeof stored === 'string') return this.appendText(stored)
    this.#flush()
    for (const part of stored.parts) this.#parts.push(part)
  }

  /** Starts a rope of its own. @returns the enclosing parts, for `endRope` */
  beginRope(): RopePart[] {
    this.#flush()
    const enclosing = this.#parts
    this.#parts = []
    return enclosing
  }

  /** @returns the text that was appended since `beginRope` */
  endRope(enclosing: RopePart[]): string | Rope {
    const isSpan = this.#parts.length === 0
    const text = isSpan && this.#to > this.#from ? this.text.slice(this.#from, this.#to) : ''
    if (isSpan) this.#from = this.#to = -1
    else this.#flush()
    const parts = this.#parts
    this.#parts = enclosing
    return isSpan ? text : { body: this.#body, parts }
  }

  #flush(): void {
    if (this.#to > this.#from) this.#parts.push(this.windowStart + this.#from, this.windowStart + this.#to)
    this.#from = this.#to = -1
  }
}
