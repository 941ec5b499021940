import { GraphQLError, type GraphQLFormattedError } from 'graphql'

import { isObject, type JsonObject } from '../../../platform'
import { createDeniedFieldError } from './deniedFields'
import { longestKnownPrefix, type ResponseKeyTree } from './responseKeyTree'
import type { ResultPath } from './resultPaths'
import type { ResponseField } from '../../planning/fieldCollector'

/** The part of the response that a fetch of a plan provides. */
export interface FetchCoverage {
  /** The response keys that lead to the objects whose fields it fetches. */
  prefix: readonly string[]
  /** Returns whether the value at a path of the response comes from this fetch. */
  covers(path: ResultPath): boolean
  /** The path for the error of a failed fetch that is the cause of no null in the response. */
  fallbackPath: ResultPath
}

/** A fetch that failed as a whole, or with an error whose path is not known. */
interface FailedFetch {
  fetch: FetchCoverage
  error: GraphQLFormattedError
  /** Whether it returned data in spite of the error. */
  hasData: boolean
  /** The path of the null nearest to the root that the failure explains. */
  shortestPath: ResultPath | undefined
}

/** The errors by path, as a tree. */
interface ErrorNode {
  error: GraphQLError | undefined
  below: Map<string | number, ErrorNode>
}

/** An error with a path. */
interface LocatedError {
  path: ResultPath
  error: GraphQLError
  /** The fetch whose subgraph reported it; undefined for an error of the router. */
  fetch: FetchCoverage | undefined
}

/** A null without a fetched value, because the subgraph reported errors for other paths. */
interface PartialNull {
  path: ResultPath
  fetch: FetchCoverage
}

const createErrorNode = (): ErrorNode => ({ error: undefined, below: new Map() })

/**
 * Collects the errors of one execution, and decides which nulls of the response they explain: each null that needs an error
 * gets exactly one.
 */
export class ErrorCollector {
  readonly #root = createErrorNode()
  readonly #located: LocatedError[] = []
  readonly #failed: FailedFetch[] = []
  /** The failures that explain the nulls since the last call of `moveExplainedNulls`. */
  readonly #explaining: FailedFetch[] = []
  readonly #partial = new Set<FetchCoverage>()
  readonly #partialNulls: PartialNull[] = []
  readonly #skipped = new Set<FetchCoverage>()
  /** The errors of denied fields, by their paths without indexes. */
  readonly #denied = new Map<string, GraphQLError>()
  /** The fields of each object of the response, where their keys differ from those of plans. */
  readonly #fields = new WeakMap<object, readonly ResponseField[]>()

  /**
   * @param responseKeys the keys of the operation, as planned
   * @param clientKeys maps planned keys to those of the client, where they differ. All paths but those of `toErrors` have
   *   planned keys
   */
  constructor(
    readonly responseKeys: ResponseKeyTree,
    readonly clientKeys: ReadonlyMap<string, string>,
  ) {}

  /** Returns a collector with the errors that may affect the value at a path: all failures, and the errors above and below. */
  createCopy(path: ResultPath): ErrorCollector {
    const copy = new ErrorCollector(this.responseKeys, this.clientKeys)
    for (const { fetch, error, hasData } of this.#failed) copy.addFailedFetch(fetch, error, hasData)
    for (const { path: own, error, fetch } of this.#located)
      if (isBelow(own, path) || isBelow(path, own)) copy.addError(own, error.message, error.extensions, fetch)
    for (const fetch of this.#partial) copy.#partial.add(fetch)
    return copy
  }

  /** Adds a fetch with an error that has no known path. */
  addFailedFetch(fetch: FetchCoverage, error: GraphQLFormattedError, hasData: boolean): void {
    this.#failed.push({ fetch, error, hasData, shortestPath: undefined })
  }

  /** Adds an error that a subgraph reported. Its path is shortened to what the client has selected. */
  addSubgraphError(fetch: FetchCoverage, path: ResultPath, error: GraphQLFormattedError): void {
    this.#partial.add(fetch)
    const known = longestKnownPrefix(this.responseKeys, path)
    if (known.length === 0) this.addFailedFetch(fetch, error, true)
    else this.addError(known, error.message, error.extensions, fetch)
  }

  /** Adds a fetch that was not sent for some entity, because a field that it requires was missing. */
  addSkippedFetch(fetch: FetchCoverage): void {
    this.#skipped.add(fetch)
  }

  /** Adds the error of a field that the viewer may not read: one for all objects of a list. */
  addDeniedField(path: ResultPath, action: 'read' | 'execute'): void {
    const name = path.filter((element) => typeof element === 'string').join('.')
    if (this.#denied.has(name)) return
    this.#denied.set(name, createDeniedFieldError(this.#toClientPath([...path]), action))
  }

  get isEmpty(): boolean {
    return this.#failed.length === 0 && this.#located.length === 0
  }

  addError(
    path: ResultPath,
    message: string,
    extensions: JsonObject | undefined,
    fetch?: FetchCoverage,
  ): void {
    let node = this.#root
    for (const element of path) {
      const below = node.below.get(element) ?? createErrorNode()
      node.below.set(element, below)
      node = below
    }
    if (node.error) return
    node.error = new GraphQLError(message, { path: this.#toClientPath(path), extensions })
    this.#located.push({ path, error: node.error, fetch })
  }

  /** Records the fields of an object of the response. */
  recordFields(object: JsonObject, fields: readonly ResponseField[]): void {
    if (this.clientKeys.size > 0) this.#fields.set(object, fields)
  }

  /**
   * Returns whether a known error explains a null.
   *
   * @param isMissing whether no subgraph returned the null
   */
  explainsNull(path: ResultPath, isMissing: boolean): boolean {
    let node: ErrorNode | undefined = this.#root
    for (const element of path) {
      node = node.below.get(element)
      if (!node) break
      // An error on an entity that its owner rejected, while other subgraphs returned fields of it.
      if (isMissing && node.error) return true
    }
    if (node && (node.error || node.below.size > 0)) return true
    if (!isMissing) return false
    const failed = this.#failed.find(({ fetch }) => fetch.covers(path))
    if (failed) return this.#blame(failed, path)
    const partial = [...this.#partial].find((fetch) => fetch.covers(path))
    if (partial) {
      this.#partialNulls.push({ path: [...path], fetch: partial })
      return true
    }
    const isSkipped = [...this.#skipped].some((fetch) => fetch.covers(path))
    if (!isSkipped || this.isEmpty) return false
    const [first] = this.#failed
    return first ? this.#blame(first, path) : true
  }

  #blame(failed: FailedFetch, path: ResultPath): true {
    failed.shortestPath ??= [...path]
    this.#explaining.push(failed)
    return true
  }

  /** Records that the nulls which were explained last have propagated to this path. */
  moveExplainedNulls(path: ResultPath): void {
    for (const failed of this.#explaining) {
      if (failed.shortestPath === undefined || path.length < failed.shortestPath.length)
        failed.shortestPath = [...path]
    }
    this.#explaining.length = 0
  }

  #toClientPath(path: ResultPath): ResultPath {
    if (this.clientKeys.size === 0) return path
    return path.map(
      (element) => (typeof element === 'string' ? this.clientKeys.get(element) : undefined) ?? element,
    )
  }

  /**
   * Returns the errors for the client. Errors at paths that the response does not have are omitted: subgraphs resolve some
   * fields that are skipped, or that another type condition selects. If such an error has made a value of the response null,
   * it is reported for that value. Equal failures at one path are reported once.
   */
  toErrors(data: JsonObject | null): GraphQLError[] {
    const reported = new Set<string>()
    const failed = this.#failed.flatMap((each) => {
      const { fetch, error, shortestPath } = each
      if (!shortestPath && !this.#affects(each, data)) return []
      const path = this.#toClientPath(shortestPath ?? fetch.fallbackPath)
      const { message, extensions } = error
      const text = JSON.stringify([path, message])
      if (reported.has(text)) return []
      reported.add(text)
      return [new GraphQLError(message, { ...(path.length > 0 && { path }), extensions })]
    })
    const shown = this.#located.filter(({ path }) => this.#hasPath(data, path))
    const denied = this.#denied.values()
    return [...denied, ...failed, ...shown.map(({ error }) => error), ...this.#movedErrors(shown)]
  }

  /** Returns the errors that are not shown, at the nulls that they caused: one for each object. */
  #movedErrors(shown: readonly LocatedError[]): GraphQLError[] {
    const known = [...shown]
    return this.#partialNulls.flatMap(({ path, fetch }) => {
      const object = path.slice(0, -1)
      const causes = (each: LocatedError) => each.fetch === fetch && isBelow(each.path, object)
      const cause = known.some(causes) ? undefined : this.#located.find(causes)
      if (!cause) return []
      known.push(cause)
      const { message, extensions } = cause.error
      return [new GraphQLError(message, { path: this.#toClientPath(path), extensions })]
    })
  }

  /**
   * Returns whether a value has a field of a fetch that is the cause of no null, or may have lost it with a null. Without data
   * the fetch provided none of the fields that are not null, and a null object that has another cause was not fetched.
   */
  #affects(failed: FailedFetch, value: unknown, path: readonly string[] = []): boolean {
    const { fetch, hasData } = failed
    if (value == null) return hasData || path.length === 0
    if (Array.isArray(value)) {
      const items = value.filter((item) => item !== null)
      return items.length === 0 || items.some((item) => this.#affects(failed, item, path))
    }
    if (!isObject(value)) return false
    const key = fetch.prefix[path.length]
    if (key === undefined)
      return this.#listPlannedKeys(value).some(
        (own) =>
          fetch.covers([...path, own]) && (hasData || value[this.#findClientKey(value, own) ?? own] === null),
      )
    const clientKey = this.#findClientKey(value, key)
    if (clientKey === undefined || !Object.hasOwn(value, clientKey)) return false
    return this.#affects(failed, value[clientKey], [...path, key])
  }

  #listPlannedKeys(object: JsonObject): readonly string[] {
    return this.#fields.get(object)?.map(({ plannedKey }) => plannedKey) ?? Object.keys(object)
  }

  /**
   * Returns whether a value has a path, or may have lost it with a null. A path without the index of a list item exists if it
   * does for some item.
   */
  #hasPath(value: unknown, path: ResultPath): boolean {
    const [element, ...rest] = path
    if (element === undefined || value == null) return true
    if (Array.isArray(value)) {
      if (typeof element === 'number') return this.#hasPath(value[element], rest)
      return value.some((item) => this.#hasPath(item, path))
    }
    if (!isObject(value) || typeof element === 'number') return false
    const key = this.#findClientKey(value, element)
    return key !== undefined && Object.hasOwn(value, key) && this.#hasPath(value[key], rest)
  }

  /** Returns the client's key of a planned key in one object; undefined when the object does not have that field. */
  #findClientKey(object: JsonObject, plannedKey: string): string | undefined {
    const fields = this.#fields.get(object)
    if (fields) return fields.find((field) => field.plannedKey === plannedKey)?.responseKey
    return this.clientKeys.get(plannedKey) ?? plannedKey
  }
}

function isBelow(path: ResultPath, above: ResultPath): boolean {
  return above.every((element, index) => path[index] === element)
}
