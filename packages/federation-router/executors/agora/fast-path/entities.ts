import type { ResponseReader } from './responseReader'
import type { ResponseSlot } from './rope'

/** Reads the fields that one fetch selects on entities of one type at one path. */
export interface EntityReader {
  /** The number of slots that the fields fill: consecutive fields of the response share one. */
  slotCount: number
  /** Reads an entity of the response into its slots. */
  read(reader: ResponseReader, entity: EntitySlots): void
}

/** The slots of an entity that a fetch fills. The object itself is the first slot. */
export class EntitySlots implements ResponseSlot {
  text: ResponseSlot['text'] = undefined
  readonly #others: readonly ResponseSlot[] | undefined

  constructor(readonly type: EntityReader) {
    if (type.slotCount > 1)
      this.#others = Array.from({ length: type.slotCount - 1 }, () => ({ text: undefined }))
  }

  slot(index: number): ResponseSlot {
    const slot = index === 0 ? this : this.#others?.[index - 1]
    if (!slot) throw new Error(`The entity has no slot ${index}.`)
    return slot
  }

  clear(): void {
    this.text = undefined
    for (const slot of this.#others ?? []) slot.text = undefined
  }
}

interface EntityBatch {
  all: readonly EntitySlots[]
  representations: readonly string[]
}

const emptyBatch: EntityBatch = { all: [], representations: [] }

/** The entities of one fetch, in the order in which they are first read. Entities with equal representations are one. */
export class FetchEntities {
  readonly all: EntitySlots[] = []
  readonly representations: string[] = []
  readonly #byType = new Map<EntityReader, Map<string, EntitySlots>>()

  /** Returns the entities of one type, by the variable part of their representations. */
  ofType(type: EntityReader): Map<string, EntitySlots> {
    const known = this.#byType.get(type)
    if (known) return known
    const entities = new Map<string, EntitySlots>()
    this.#byType.set(type, entities)
    return entities
  }

  add(entity: EntitySlots, representation: string): void {
    this.all.push(entity)
    this.representations.push(representation)
  }
}

/** The entities of all fetches of one execution. */
export class EntityRegistry {
  readonly #byFetch: (FetchEntities | undefined)[] = []
  #taken: EntitySlots[] | undefined

  of(fetch: number): FetchEntities {
    return (this.#byFetch[fetch] ??= new FetchEntities())
  }

  /** Removes and returns the entities of a fetch. While its response is pending, only the slots are retained. */
  take(fetch: number): EntityBatch {
    const { all, representations } = this.#byFetch[fetch] ?? emptyBatch
    this.#byFetch[fetch] = undefined
    for (const entity of all) (this.#taken ??= []).push(entity)
    return { all, representations }
  }

  clear(): void {
    for (const entity of this.#taken ?? []) entity.clear()
    this.#taken = undefined
  }
}
