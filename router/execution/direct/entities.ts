import type { Hole, Piece } from './pieces'
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

  fill(index: number, pieces: readonly Piece[]): void {
    const [only] = pieces
    this.hole(index).text = pieces.length === 1 && typeof only === 'string' ? only : pieces
  }
}

/** The entities of one fetch. Those that look the same to the subgraph are one, in the order in which they are first seen. */
export class Entities {
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
}
