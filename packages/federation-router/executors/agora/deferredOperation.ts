import { GraphQLError, Kind, type DocumentNode } from 'graphql'

import { isObject, type JsonObject } from '../../../platform'
import type { CompletedPart, DeferredBatch, DeferredOutcome, ExecutionInput, PendingPart } from '../executor'
import { compileConditionReader } from '../variables/conditionVariables'
import { splitDeferredParts, type DeferredPart, type OperationPart } from './deferredParts'
import { compileDeferredSteps } from './deferredSteps'
import { addPart, wouldLoseObject } from './deliveredData'
import { createExecutionState, getErrorCollector, type ExecutionState } from './executionState'
import { compileVariants, type VariantOptions } from './operationVariants'
import { compilePlanSteps, usesContextArguments } from './planSteps'
import { buildResponseKeyTree, type ResponseKeyTree } from './responseKeyTree'
import type { ResultPath } from './resultPaths'
import { completeData, type CompletionOptions } from './valueCompletion'

interface DeferredOperationOptions extends VariantOptions {
  /** The client's labels of the deferred fragments, by their labels in the plan. */
  clientLabels: ReadonlyMap<string, string | undefined>
}

/** An object with a deferred fragment whose fields are not delivered yet. */
interface Instance {
  part: DeferredPart
  typeName: string
  /** The path with planned keys. */
  path: ResultPath
  pending: PendingPart
}

/** An object of the response before its nulls have propagated. */
interface Candidate extends Omit<Instance, 'pending'> {
  completed: JsonObject
}

/**
 * Compiles a query with deferred fragments. All parts share the data of subgraphs; each is completed by itself when its fetches have
 * ended, so that a null propagates no further than to the object of its fragment.
 */
export function compileDeferredOperation(options: DeferredOperationOptions) {
  const { plan, document, operation, clientKeys, clientLabels, schema, supergraph, denied } = options
  const rootType = schema.getQueryType()?.name ?? ''
  const { initial, byMarker } = splitDeferredParts(operation, denied)
  const sharesEntities = !usesContextArguments(plan.node)
  const steps = compileDeferredSteps(plan.node, (node, onFetched) =>
    compilePlanSteps(node, { operation, supergraph, sharesEntities, mayExecute: () => true, onFetched }),
  )
  const variants = new Map<OperationPart, ReturnType<typeof compileVariants>>()
  let responseKeys: ResponseKeyTree | undefined

  function findVariant(part: OperationPart, variables: JsonObject) {
    const known = variants.get(part)
    if (known) return known(variables)
    const own = { ...operation, selectionSet: part.selectionSet }
    const ownDocument: DocumentNode = { kind: Kind.DOCUMENT, definitions: [own] }
    const variantFor = compileVariants({ ...options, operation: own, document: ownDocument })
    variants.set(part, variantFor)
    return variantFor(variables)
  }

  const isDeferred = ({ condition }: DeferredPart, variables: JsonObject): boolean =>
    condition === undefined || compileConditionReader(operation, condition)(variables)

  const toClientPath = (path: ResultPath): ResultPath =>
    path.map((element) => (typeof element === 'string' ? (clientKeys.get(element) ?? element) : element))

  return async (input: ExecutionInput): Promise<DeferredOutcome> => {
    const { variables } = input
    responseKeys ??= buildResponseKeyTree(document, operation.selectionSet)
    const state = createExecutionState(input, responseKeys, clientKeys)
    // The parts share one object, which no response may replace.
    state.data = { __typename: rootType }
    const reported = new Set<string>()
    let pendingCount = 0
    /** The merged parts. Undefined before the initial response. */
    let delivered: JsonObject | null | undefined
    const { initial: initialFetches, waitForPart } = steps.run(state)

    /** Waits for the fetches of a part, and of the fragments within that are not deferred. */
    async function waitForFetches({ children }: OperationPart, own: Promise<void>): Promise<void> {
      await own
      const included = children.filter((child) => !isDeferred(child, variables))
      await Promise.all(included.map((child) => waitForFetches(child, waitForPart(child.label))))
    }

    function complete(part: OperationPart, typeName: string, path: ResultPath) {
      const { selection, introspect } = findVariant(part, variables)
      const candidates: Candidate[] = []
      const errorCollector = getErrorCollector(state).createCopy(path)
      for (const fetch of state.skippedFetches) errorCollector.addSkippedFetch(fetch)
      const object = path.length === 0 ? state.data : readPath(state.data, path)
      if (!isObject(object)) return { data: null, errors: [], instances: [] }
      const completion: CompletionOptions = {
        ...{ schema, selection, rootType: typeName, errorCollector },
        introspection: path.length === 0 ? introspect(variables) : {},
        missingEntities: withoutObject(state, object),
        onObject(completed, fields, objectType, at) {
          for (const { plannedKey, responseKey } of fields) {
            const deferred = byMarker.get(plannedKey)
            if (!deferred) continue
            delete completed[responseKey]
            candidates.push({ part: deferred, typeName: objectType, path: [...at], completed })
          }
        },
      }
      const data = deliver(path, completeData(completion, object, path))
      const errors = errorCollector.toErrors(nestAt(toClientPath(path), data))
      const instances = candidates.flatMap(({ completed, ...candidate }): Instance[] => {
        const clientPath = toClientPath(candidate.path)
        if (readPath(data, clientPath.slice(path.length)) !== completed) return []
        const label = clientLabels.get(candidate.part.label)
        return [{ ...candidate, pending: { id: String(pendingCount++), path: clientPath, label } }]
      })
      return { data, errors, instances }
    }

    /** Returns null where the data conflicts with data that was delivered before. */
    function deliver(path: ResultPath, data: JsonObject | null): JsonObject | null {
      if (delivered === undefined) return (delivered = data)
      const known = readPath(delivered, toClientPath(path))
      if (data === null || !isObject(known) || wouldLoseObject(known, data)) return null
      addPart(known, data)
      return data
    }

    /** Reports an error once, although several parts may be affected. */
    function findNewErrors(errors: readonly GraphQLError[]): GraphQLError[] {
      return errors.filter(({ path, message }) => {
        const text = JSON.stringify([path, message])
        if (reported.has(text)) return false
        return reported.add(text)
      })
    }

    function completeInstance({ part, typeName, path, pending }: Instance) {
      const { data, errors, instances } = complete(part, typeName, path)
      const newErrors = findNewErrors(errors)
      const completed: CompletedPart = { ...pending, data, errors: newErrors }
      if (data === null && newErrors.length === 0)
        completed.errors =
          errors.length > 0
            ? errors.slice(0, 1)
            : [new GraphQLError('A deferred fragment could not be completed.', { path: pending.path })]
      return { completed, instances }
    }

    async function* deliverParts(first: readonly Instance[]): AsyncGenerator<DeferredBatch, void> {
      const waiting = new Map<DeferredPart, { instances: Instance[]; end: Promise<DeferredPart> }>()
      function add(instances: readonly Instance[]): void {
        for (const instance of instances) {
          const { part } = instance
          const known = waiting.get(part)
          if (known) known.instances.push(instance)
          else {
            const end = waitForFetches(part, waitForPart(part.label)).then(() => part)
            waiting.set(part, { instances: [instance], end })
          }
        }
      }
      add(first)
      while (waiting.size > 0) {
        const part = await Promise.race([...waiting.values()].map(({ end }) => end))
        const results = (waiting.get(part)?.instances ?? []).map(completeInstance)
        waiting.delete(part)
        const found = results.flatMap(({ instances }) => instances)
        add(found)
        yield {
          completed: results.map(({ completed }) => completed),
          pending: found.map(({ pending }) => pending),
          hasNext: waiting.size > 0,
        }
      }
    }

    await waitForFetches(initial, initialFetches)
    const { data, errors, instances } = complete(initial, rootType, [])
    return {
      data,
      errors: findNewErrors(errors),
      pending: instances.map(({ pending }) => pending),
      batches: deliverParts(instances),
    }
  }
}

function readPath(value: unknown, path: ResultPath): unknown {
  let below = value
  for (const element of path) {
    if (typeof element === 'number') below = Array.isArray(below) ? below[element] : undefined
    else below = isObject(below) && Object.hasOwn(below, element) ? below[element] : undefined
  }
  return below
}

/** Returns the data of a response that has nothing but the value at a path. */
function nestAt(path: ResultPath, value: JsonObject | null): JsonObject | null {
  const nested = path.reduceRight<unknown>((below, element) => {
    if (typeof element === 'string') return Object.fromEntries([[element, below]])
    const list: unknown[] = []
    list[element] = below
    return list
  }, value)
  return isObject(nested) ? nested : null
}

/** Returns the missing entities, without the object of a fragment: that is in the response already. */
function withoutObject({ missingEntities }: ExecutionState, object: JsonObject): ReadonlySet<JsonObject> {
  if (!missingEntities.has(object)) return missingEntities
  const others = new Set(missingEntities)
  others.delete(object)
  return others
}
