import type { ResponseSlot } from './rope'
import type { ResponseReader } from './responseReader'

/** What one fetch asks of entities of one type at one place. */
export interface EntityReader {
  /** How many holes its fields fill: fields that follow one another in the answer fill one. */
  holes: number
  /** Reads what the subgraph says of one entity into its holes. */
  read(reading: ResponseReader, entity: EntitySlots): void
}

/** An entity of which a fetch asks something. It is the first of its holes itself. */
export class EntitySlots implements ResponseSlot {
  text: ResponseSlot['text'] = undefined
  readonly #others: readonly ResponseSlot[] | undefined

  constructor(readonly type: EntityReader) {
    if (type.holes > 1) this.#others = Array.from({ length: type.holes - 1 }, () => ({ text: undefined }))
  }

  slot(index: number): ResponseSlot {
    const hole = index === 0 ? this : this.#others?.[index - 1]
    if (!hole) throw new Error(`There is no hole ${index}.`)
    return hole
  }

  clear(): void {
    this.text = undefined
    for (const hole of this.#others ?? []) hole.text = undefined
  }
}

interface Taken {
  all: readonly EntitySlots[]
  representations: readonly string[]
}

const none: Taken = { all: [], representations: [] }

/** The entities of one fetch. Those that look the same to the subgraph are one, in the order in which they are first seen. */
export class FetchEntities {
  readonly all: EntitySlots[] = []
  readonly representations: string[] = []
  readonly #known = new Map<EntityReader, Map<string, EntitySlots>>()

  /** Those of one type, by the text of all that tells them apart. */
  ofType(type: EntityReader): Map<string, EntitySlots> {
    const known = this.#known.get(type)
    if (known) return known
    const made = new Map<string, EntitySlots>()
    this.#known.set(type, made)
    return made
  }

  add(entity: EntitySlots, representation: string): void {
    this.all.push(entity)
    this.representations.push(representation)
  }
}

/** What the fetches of one execution ask of entities. */
export class EntityRegistry {
  readonly #byFetch: (FetchEntities | undefined)[] = []
  #taken: EntitySlots[] | undefined

  of(fetch: number): FetchEntities {
    return (this.#byFetch[fetch] ??= new FetchEntities())
  }

  /** All of a fetch that have come so far. Nothing else is remembered of them: who waits for the answer keeps no more than it needs. */
  take(fetch: number): Taken {
    const { all, representations } = this.#byFetch[fetch] ?? none
    this.#byFetch[fetch] = undefined
    for (const entity of all) (this.#taken ??= []).push(entity)
    return { all, representations }
  }

  clear(): void {
    for (const entity of this.#taken ?? []) entity.clear()
    this.#taken = undefined
  }
}
