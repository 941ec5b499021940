import type { Hole } from './pieces'
import type { Reading } from './reading'

/** What one fetch asks of entities of one type at one place. */
export interface EntityType {
  /** How many holes its fields fill: fields that follow one another in the answer fill one. */
  holes: number
  /** Reads what the subgraph says of one entity into its holes. */
  read(reading: Reading, entity: Entity): void
}

/** An entity of which a fetch asks something. It is the first of its holes itself. */
export class Entity implements Hole {
  text: Hole['text'] = undefined
  readonly #others: readonly Hole[] | undefined

  constructor(readonly type: EntityType) {
    if (type.holes > 1) this.#others = Array.from({ length: type.holes - 1 }, () => ({ text: undefined }))
  }

  hole(index: number): Hole {
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
  all: readonly Entity[]
  representations: readonly string[]
}

const none: Taken = { all: [], representations: [] }

/** The entities of one fetch. Those that look the same to the subgraph are one, in the order in which they are first seen. */
export class EntitiesOfFetch {
  readonly all: Entity[] = []
  readonly representations: string[] = []
  readonly #known = new Map<EntityType, Map<string, Entity>>()

  /** Those of one type, by the text of all that tells them apart. */
  ofType(type: EntityType): Map<string, Entity> {
    const known = this.#known.get(type)
    if (known) return known
    const made = new Map<string, Entity>()
    this.#known.set(type, made)
    return made
  }

  add(entity: Entity, representation: string): void {
    this.all.push(entity)
    this.representations.push(representation)
  }
}

/** What the fetches of one execution ask of entities. */
export class Entities {
  readonly #byFetch: (EntitiesOfFetch | undefined)[] = []
  #taken: Entity[] | undefined

  of(fetch: number): EntitiesOfFetch {
    return (this.#byFetch[fetch] ??= new EntitiesOfFetch())
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
