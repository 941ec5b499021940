import { GraphQLError, type GraphQLFormattedError } from 'graphql'

import { isObject, type JsonObject } from './json'
import { partIn, type KeyTree } from './keyTree'
import type { Path } from './paths'

/** A fetch of a plan, as far as the places are concerned that depend on it. */
export interface Source {
  /** Whether what stands at a place of the answer comes from this fetch. */
  covers(path: Path): boolean
  /** The place to name when the fetch has failed and nothing of the answer shows it. */
  place: Path
}

/** A fetch that failed as a whole. */
interface Failure {
  source: Source
  error: GraphQLFormattedError
  /** Of the nulls that it explains, the one that is nearest to the root. */
  shortest: Path | undefined
}

interface Place {
  error: GraphQLError | undefined
  below: Map<string | number, Place>
}

const newPlace = (): Place => ({ error: undefined, below: new Map() })

/**
 * What went wrong while one operation was executed, and which nulls of its answer that explains: each null that needs an
 * error has one, and no more.
 */
export class Problems {
  readonly #root = newPlace()
  readonly #placed: GraphQLError[] = []
  readonly #failures: Failure[] = []
  readonly #explained: Failure[] = []
  readonly #partial = new Set<Source>()
  readonly #unsent = new Set<Source>()

  /**
   * @param operation the keys that were asked for
   * @param clientKeys what clients call those that stand in place of theirs; all paths but those of `toErrors` have the former
   */
  constructor(
    readonly operation: KeyTree,
    readonly clientKeys: ReadonlyMap<string, string>,
  ) {}

  /** A fetch has brought nothing. */
  fail(source: Source, error: GraphQLFormattedError): void {
    this.#failures.push({ source, error, shortest: undefined })
  }

  /** A subgraph reports an error at a place. Where clients have not asked for that place, it moves up to what they have. */
  report(source: Source, path: Path, error: GraphQLFormattedError): void {
    this.#partial.add(source)
    const place = partIn(this.operation, path)
    if (place.length === 0) this.fail(source, error)
    else this.add(place, error.message, error.extensions)
  }

  /** A fetch could not be sent for some entity, since something of it was missing. */
  leaveOut(source: Source): void {
    this.#unsent.add(source)
  }

  get isEmpty(): boolean {
    return this.#failures.length === 0 && this.#placed.length === 0
  }

  add(path: Path, message: string, extensions: JsonObject | undefined, originalError?: Error): void {
    let place = this.#root
    for (const element of path) {
      const below = place.below.get(element) ?? newPlace()
      place.below.set(element, below)
      place = below
    }
    if (place.error) return
    place.error = new GraphQLError(message, { path: this.#toClient(path), extensions, originalError })
    this.#placed.push(place.error)
  }

  /**
   * Whether a null is explained by what is known to have gone wrong. `isMissing`: no subgraph has said that it is null.
   */
  explains(path: Path, isMissing: boolean): boolean {
    let place: Place | undefined = this.#root
    for (const element of path) {
      place = place.below.get(element)
      if (!place) break
      // A place that has an error and yet something below it: an entity that its owner refused.
      if (isMissing && place.error) return true
    }
    if (place && (place.error || place.below.size > 0)) return true
    if (!isMissing) return false
    const failure = this.#failures.find(({ source }) => source.covers(path))
    if (failure) return this.#blame(failure, path)
    if ([...this.#partial].some((source) => source.covers(path))) return true
    const isUnsent = [...this.#unsent].some((source) => source.covers(path))
    if (!isUnsent || this.isEmpty) return false
    const [first] = this.#failures
    return first ? this.#blame(first, path) : true
  }

  #blame(failure: Failure, path: Path): true {
    failure.shortest ??= [...path]
    this.#explained.push(failure)
    return true
  }

  /** The nulls that were explained last have moved up to this place. */
  settle(path: Path): void {
    for (const failure of this.#explained) {
      if (failure.shortest === undefined || path.length < failure.shortest.length)
        failure.shortest = [...path]
    }
    this.#explained.length = 0
  }

  #toClient(path: Path): Path {
    if (this.clientKeys.size === 0) return path
    return path.map(
      (element) => (typeof element === 'string' ? this.clientKeys.get(element) : undefined) ?? element,
    )
  }

  /**
   * As clients are told. What concerns nothing of the answer is left out: the planner has subgraphs resolve some of what
   * is skipped. Fetches that failed alike for one place are one failure to clients.
   */
  toErrors(answer: JsonObject | null): GraphQLError[] {
    const told = new Set<string>()
    const failed = this.#failures.flatMap(({ source, error, shortest }) => {
      const path = this.#toClient(shortest ?? source.place)
      if (!shortest && !isIn(answer, path)) return []
      const { message, extensions } = error
      const text = JSON.stringify([path, message])
      if (told.has(text)) return []
      told.add(text)
      return [new GraphQLError(message, { ...(path.length > 0 && { path }), extensions })]
    })
    return [...failed, ...this.#placed.filter(({ path = [] }) => isIn(answer, path))]
  }
}

/** Whether an answer has a place, be it below a null. A place that names no item of a list is in it when some item has it. */
function isIn(value: unknown, path: Path): boolean {
  const [key, ...rest] = path
  if (key === undefined || value == null) return true
  if (Array.isArray(value))
    return typeof key === 'number' ? isIn(value[key], rest) : value.some((item) => isIn(item, path))
  return isObject(value) && Object.hasOwn(value, key) && isIn(value[key], rest)
}
