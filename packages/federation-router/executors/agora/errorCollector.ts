import { GraphQLError, type GraphQLFormattedError } from 'graphql'

import { isObject, type JsonObject } from '../../../platform/json'
import { longestKnownPrefix, type ResponseKeyTree } from './responseKeyTree'
import type { ResultPath } from './resultPaths'
import type { ResponseField } from '../../supergraph/fieldCollector'

/** A fetch of a plan, as far as the places are concerned that depend on it. */
export interface FetchCoverage {
  /** The response keys that lead to the objects of which it fetches fields. */
  prefix: readonly string[]
  /** Whether what stands at a place of the answer comes from this fetch. */
  covers(path: ResultPath): boolean
  /** The place to name when the fetch has failed and nothing of the answer shows it. */
  fallbackPath: ResultPath
}

/** A fetch that failed as a whole. */
interface Failure {
  source: FetchCoverage
  error: GraphQLFormattedError
  /** Of the nulls that it explains, the one that is nearest to the root. */
  shortest: ResultPath | undefined
}

interface Place {
  error: GraphQLError | undefined
  below: Map<string | number, Place>
}

/** An error at a place, and the fetch whose subgraph reported it; undefined for one that the router found. */
interface PlacedError {
  path: ResultPath
  error: GraphQLError
  source: FetchCoverage | undefined
}

/** A null without a fetched value, because the subgraph has reported errors for other places. */
interface PartialNull {
  path: ResultPath
  source: FetchCoverage
}

const newPlace = (): Place => ({ error: undefined, below: new Map() })

/**
 * What went wrong while one operation was executed, and which nulls of its answer that explains: each null that needs an
 * error has one, and no more.
 */
export class ErrorCollector {
  readonly #root = newPlace()
  readonly #placed: PlacedError[] = []
  readonly #failures: Failure[] = []
  readonly #explained: Failure[] = []
  readonly #partial = new Set<FetchCoverage>()
  readonly #partialNulls: PartialNull[] = []
  readonly #unsent = new Set<FetchCoverage>()
  /** The fields of each object of the answer, where their keys differ from those of plans. */
  readonly #fields = new WeakMap<object, readonly ResponseField[]>()

  /**
   * @param responseKeys the keys that were asked for
   * @param clientKeys what clients call those that stand in place of theirs; all paths but those of `toErrors` have the former
   */
  constructor(
    readonly responseKeys: ResponseKeyTree,
    readonly clientKeys: ReadonlyMap<string, string>,
  ) {}

  /** A fetch has brought nothing. */
  addFailedFetch(source: FetchCoverage, error: GraphQLFormattedError): void {
    this.#failures.push({ source, error, shortest: undefined })
  }

  /** A subgraph reports an error at a place. Where clients have not asked for that place, it moves up to what they have. */
  addSubgraphError(source: FetchCoverage, path: ResultPath, error: GraphQLFormattedError): void {
    this.#partial.add(source)
    const place = longestKnownPrefix(this.responseKeys, path)
    if (place.length === 0) this.addFailedFetch(source, error)
    else this.addError(place, error.message, error.extensions, source)
  }

  /** A fetch could not be sent for some entity, since something of it was missing. */
  addSkippedFetch(source: FetchCoverage): void {
    this.#unsent.add(source)
  }

  get isEmpty(): boolean {
    return this.#failures.length === 0 && this.#placed.length === 0
  }

  addError(
    path: ResultPath,
    message: string,
    extensions: JsonObject | undefined,
    source?: FetchCoverage,
  ): void {
    let place = this.#root
    for (const element of path) {
      const below = place.below.get(element) ?? newPlace()
      place.below.set(element, below)
      place = below
    }
    if (place.error) return
    place.error = new GraphQLError(message, { path: this.#toClient(path), extensions })
    this.#placed.push({ path, error: place.error, source })
  }

  /** Records which fields an object of the answer has. */
  recordFields(object: JsonObject, fields: readonly ResponseField[]): void {
    if (this.clientKeys.size > 0) this.#fields.set(object, fields)
  }

  /**
   * Whether a null is explained by what is known to have gone wrong. `isMissing`: no subgraph has said that it is null.
   */
  explainsNull(path: ResultPath, isMissing: boolean): boolean {
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
    const partial = [...this.#partial].find((source) => source.covers(path))
    if (partial) {
      this.#partialNulls.push({ path: [...path], source: partial })
      return true
    }
    const isUnsent = [...this.#unsent].some((source) => source.covers(path))
    if (!isUnsent || this.isEmpty) return false
    const [first] = this.#failures
    return first ? this.#blame(first, path) : true
  }

  #blame(failure: Failure, path: ResultPath): true {
    failure.shortest ??= [...path]
    this.#explained.push(failure)
    return true
  }

  /** The nulls that were explained last have moved up to this place. */
  moveExplainedNulls(path: ResultPath): void {
    for (const failure of this.#explained) {
      if (failure.shortest === undefined || path.length < failure.shortest.length)
        failure.shortest = [...path]
    }
    this.#explained.length = 0
  }

  #toClient(path: ResultPath): ResultPath {
    if (this.clientKeys.size === 0) return path
    return path.map(
      (element) => (typeof element === 'string' ? this.clientKeys.get(element) : undefined) ?? element,
    )
  }

  /**
   * Returns the errors for the client. Errors of places that the answer does not have are left out: subgraphs resolve
   * some fields that are skipped, or that another type condition selects. Where such an error has made a value of the
   * answer null, it is reported for that value. Fetches that failed alike for one place are reported once.
   */
  toErrors(answer: JsonObject | null): GraphQLError[] {
    const reported = new Set<string>()
    const failed = this.#failures.flatMap(({ source, error, shortest }) => {
      if (!shortest && !this.#concerns(source, answer)) return []
      const path = this.#toClient(shortest ?? source.fallbackPath)
      const { message, extensions } = error
      const text = JSON.stringify([path, message])
      if (reported.has(text)) return []
      reported.add(text)
      return [new GraphQLError(message, { ...(path.length > 0 && { path }), extensions })]
    })
    const shown = this.#placed.filter(({ path }) => this.#isIn(answer, path))
    return [...failed, ...shown.map(({ error }) => error), ...this.#movedErrors(shown)]
  }

  /** Returns the errors that are not shown for the nulls that they have caused, one for each object. */
  #movedErrors(shown: readonly PlacedError[]): GraphQLError[] {
    const known = [...shown]
    return this.#partialNulls.flatMap(({ path, source }) => {
      const object = path.slice(0, -1)
      const causes = (each: PlacedError) => each.source === source && isBelow(each.path, object)
      const cause = known.some(causes) ? undefined : this.#placed.find(causes)
      if (!cause) return []
      known.push(cause)
      const { message, extensions } = cause.error
      return [new GraphQLError(message, { path: this.#toClient(path), extensions })]
    })
  }

  /** Returns whether an answer has a field of a fetch, or may have lost it with a null. */
  #concerns(source: FetchCoverage, value: unknown, path: readonly string[] = []): boolean {
    if (value == null) return true
    if (Array.isArray(value)) {
      const items = value.filter((item) => item !== null)
      return items.length === 0 || items.some((item) => this.#concerns(source, item, path))
    }
    if (!isObject(value)) return false
    const key = source.prefix[path.length]
    if (key !== undefined) {
      const own = this.#keyIn(value, key)
      return (
        own !== undefined && Object.hasOwn(value, own) && this.#concerns(source, value[own], [...path, key])
      )
    }
    return this.#keysOf(value).some((own) => source.covers([...path, own]))
  }

  /** Returns the keys of an object's fields in plans. */
  #keysOf(object: JsonObject): readonly string[] {
    return this.#fields.get(object)?.map(({ plannedKey }) => plannedKey) ?? Object.keys(object)
  }

  /**
   * Returns whether an answer has a place, possibly below a null. A place without the index of a list is in it when some item
   * has it.
   */
  #isIn(value: unknown, path: ResultPath): boolean {
    const [element, ...rest] = path
    if (element === undefined || value == null) return true
    if (Array.isArray(value)) {
      if (typeof element === 'number') return this.#isIn(value[element], rest)
      return value.some((item) => this.#isIn(item, path))
    }
    if (!isObject(value) || typeof element === 'number') return false
    const key = this.#keyIn(value, element)
    return key !== undefined && Object.hasOwn(value, key) && this.#isIn(value[key], rest)
  }

  /** Returns the client's key of a field in one object; undefined when the object does not have that field. */
  #keyIn(object: JsonObject, source: string): string | undefined {
    const fields = this.#fields.get(object)
    if (fields) return fields.find((field) => field.plannedKey === source)?.responseKey
    return this.clientKeys.get(source) ?? source
  }
}

function isBelow(path: ResultPath, place: ResultPath): boolean {
  return place.every((element, index) => path[index] === element)
}
