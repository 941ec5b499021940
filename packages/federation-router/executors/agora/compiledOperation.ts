import {
  executeSync,
  Kind,
  separateOperations,
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'
import { LRUCache } from 'lru-cache'

import type { FetchContext } from '../../transport/fetchContext'
import { forEachSelection } from '../../planning/selections'
import { documentCacheLimits } from '../../validation/documentStore'
import type { QueryPlan } from '../../planning/planner'
import { isSchemaMetaField } from '../../planning/removeIntrospection'
import type { TransportResponse } from '../../transport/transport'
import { completeData } from './valueCompletion'
import { compileBodyWriter, compileEventMerge } from './fetch'
import type { JsonObject } from '../../../platform/json'
import { compileFastPath, type ExecuteOnFastPath } from './fast-path/fastPath'
import { createFastPathPolicy } from './fast-path/fastPathPolicy'
import { fragmentsByName, buildResponseKeyTree, type ResponseKeyTree } from './responseKeyTree'
import type { SerializedData } from './serializedData'
import {
  noMissingEntities,
  errorCollectorOf,
  type ExecutionState,
  type SendFetch,
  type PlanStep,
} from './executionState'
import {
  createFieldCollector,
  conditionVariablesOf,
  type FieldCollector,
} from '../../supergraph/fieldCollector'
import { compileMutationGuard } from './mutationGuard'
import { compilePlanStep, usesContextArguments } from './planSteps'
import type { SupergraphModel } from '../../supergraph/supergraphModel'
import {
  compileConditionReader,
  compileVariableCheck,
  type CheckVariables,
} from '../../validation/variableValues'

/** What came of an operation: the JSON text of `data` from the direct path, else data and errors, of which there may be none. */
export type ExecutionOutcome =
  SerializedData | { texts?: undefined; data: JsonObject | null; errors: readonly GraphQLError[] }

export interface ExecutionInput {
  variables: JsonObject
  context: FetchContext
  send: SendFetch
}

/** An operation with its plan, ready to run any number of times. */
export interface CompiledOperation {
  plan: QueryPlan
  checkVariables: CheckVariables
  execute(input: ExecutionInput): Promise<ExecutionOutcome>
  /** What a subscription asks of the subgraph that has its events; undefined for any other operation. */
  primary: { service: string; writeBody(variables: JsonObject): string } | undefined
  /**
   * Answers one event of a subscription: runs the rest of the plan on what the primary subgraph sent, whose errors are
   * treated as those of any fetch. The event's data is changed.
   */
  executeEvent(event: TransportResponse, input: ExecutionInput): Promise<ExecutionOutcome>
}

export interface CompileOperationOptions {
  plan: QueryPlan
  document: DocumentNode
  operation: OperationDefinitionNode
  /** The client's own keys, by those that the document has in their place. */
  clientKeys: ReadonlyMap<string, string>
  /** What clients see. */
  schema: GraphQLSchema
  supergraph: SupergraphModel
  /** Keeps the variants of all operations together. */
  variants: VariantCache
  /** The length of the client's document. */
  documentLength: number
  /** How many executions take the complete path before the direct one is compiled: 1 unless said. */
  fastPathAfter?: number | undefined
}

/** The answer under one set of values of the variables that @skip and @include use. */
interface Variant {
  selection: FieldCollector
  introspect: (variables: JsonObject) => JsonObject
  /** Undefined where there is no direct path. */
  direct: ExecuteOnFastPath | undefined
}

/**
 * The variants that were used last. A client can ask for as many of one operation as its flags have values, and each
 * takes up to 700 bytes a character of the document: 4 times what the bounds count with.
 */
export class VariantCache {
  private readonly variants = new LRUCache<string, Variant>(documentCacheLimits)
  private operations = 0

  /** Returns the beginning of an operation's keys. */
  nextPrefix(): string {
    return `${this.operations++} `
  }

  get(key: string): Variant | undefined {
    return this.variants.get(key)
  }

  set(key: string, variant: Variant, length: number): void {
    this.variants.set(key, variant, { size: 4 * length })
  }
}

/** Compiles a plan, and the way from what it brings to the answer. */
export function compileOperation(options: CompileOperationOptions): CompiledOperation {
  const { plan, document, operation, clientKeys, schema, supergraph } = options
  const { node } = plan
  const isSubscription = node?.kind === 'Subscription'
  const variantFor = compileVariants(options)
  const rootType = schema.getRootType(operation.operation)?.name ?? ''
  const patience = createFastPathPolicy(options.fastPathAfter ?? 1)
  const mayHappen = compileMutationGuard(schema, rootType, ({ variables }) => variantFor(variables).selection)
  const steps = { operation, supergraph, sharesEntities: !usesContextArguments(node), mayHappen }
  const step = compilePlanStep(isSubscription ? undefined : node, steps)
  const rest = compilePlanStep(isSubscription ? node.rest : undefined, steps)
  const receive = isSubscription ? compileEventMerge(node.primary, steps) : () => undefined
  let keys: ResponseKeyTree | undefined

  const restOf =
    (event: TransportResponse): PlanStep =>
    (run) => {
      receive(run, event)
      return rest(run)
    }

  async function run(first: PlanStep, data: JsonObject, input: ExecutionInput): Promise<ExecutionOutcome> {
    keys ??= buildResponseKeyTree(document, operation.selectionSet)
    const { variables, context, send } = input
    const run: ExecutionState = {
      data,
      variables,
      context,
      send,
      responseKeys: keys,
      clientKeys,
      errorCollector: undefined,
      skippedFetches: undefined,
      missingEntities: undefined,
      completedFetches: [],
      dataIsNull: false,
    }
    const pending = first(run)
    if (pending) await pending
    return answer(run)
  }

  const complete = (input: ExecutionInput) => run(step, {}, input)

  function execute(input: ExecutionInput): Promise<ExecutionOutcome> {
    const direct = patience.shouldTry() ? variantFor(input.variables).direct : undefined
    return direct ? direct(input, patience, complete) : complete(input)
  }

  function answer(run: ExecutionState): ExecutionOutcome {
    if (run.dataIsNull) return { data: null, errors: errorCollectorOf(run).toErrors(null) }
    const { selection, introspect } = variantFor(run.variables)
    const introspection = introspect(run.variables)
    const problems = errorCollectorOf(run)
    for (const source of run.skippedFetches ?? []) problems.addSkippedFetch(source)
    const gone = run.missingEntities ?? noMissingEntities
    const data = completeData(
      { schema, selection, rootType, errorCollector: problems, introspection, missingEntities: gone },
      run.data,
    )
    return { data, errors: problems.toErrors(data) }
  }

  return {
    plan,
    checkVariables: compileVariableCheck(schema, operation, collectConditionVariables(options)),
    execute,
    primary: isSubscription
      ? { service: node.primary.serviceName, writeBody: compileBodyWriter(node.primary) }
      : undefined,
    executeEvent: (event, input) => run(restOf(event), {}, input),
  }
}

/** Returns the names of the variables that @skip and @include use in the operation and its fragments. */
export function collectConditionVariables({
  document,
  operation,
}: Pick<CompileOperationOptions, 'document' | 'operation'>): ReadonlySet<string> {
  const names = new Set<string>()
  const isOnly = document.definitions.every(
    (each) => each === operation || each.kind !== Kind.OPERATION_DEFINITION,
  )
  const own = isOnly ? document : separateOperations(document)[operation.name?.value ?? '']
  forEachSelection(own ?? document, ({ directives = [] }) => {
    for (const name of conditionVariablesOf(directives)) names.add(name)
  })
  return names
}

function compileVariants(options: CompileOperationOptions): (variables: JsonObject) => Variant {
  const { operation } = options
  const names = collectConditionVariables(options)
  if (names.size === 0) {
    let only: Variant | undefined
    return () => (only ??= compileVariant(options, new Map()))
  }
  const flags = [...names].map((name) => ({ name, read: compileConditionReader(operation, name) }))
  const { variants, documentLength } = options
  const prefix = variants.nextPrefix()
  return (variables) => {
    let key = prefix
    for (const { read } of flags) key += read(variables) ? '1' : '0'
    const known = variants.get(key)
    if (known) return known
    const variant = compileVariant(options, new Map(flags.map(({ name, read }) => [name, read(variables)])))
    variants.set(key, variant, documentLength)
    return variant
  }
}

function compileVariant(options: CompileOperationOptions, flags: ReadonlyMap<string, boolean>): Variant {
  const { document, operation, schema, clientKeys } = options
  const fragments = fragmentsByName(document)
  const flag = (name: string) => flags.get(name) ?? false
  const selection = createFieldCollector({ schema, fragments, clientKeys, flag }, operation.selectionSet)
  const rootType = schema.getRootType(operation.operation)?.name ?? ''
  let direct: ExecuteOnFastPath | null | undefined
  return {
    selection,
    introspect: compileIntrospection(options, selection, rootType),
    get direct() {
      if (direct === undefined)
        direct =
          compileFastPath({
            plan: options.plan,
            schema,
            supergraph: options.supergraph,
            selection,
            rootType,
            flag,
          }) ?? null
      return direct ?? undefined
    },
  }
}

const noIntrospection: JsonObject = {}

/** Answers the root's fields that ask for the schema, beside others. */
function compileIntrospection(
  { schema, document, operation }: CompileOperationOptions,
  selection: FieldCollector,
  rootType: string,
): (variables: JsonObject) => JsonObject {
  const nodes = selection
    .collectFields(rootType)
    .flatMap(({ name, nodes }) => (isSchemaMetaField(name) ? nodes : []))
  if (nodes.length === 0) return () => noIntrospection
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION)
  const asked: DocumentNode = {
    kind: Kind.DOCUMENT,
    definitions: [
      { ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections: nodes } },
      ...fragments,
    ],
  }
  return (variableValues) => executeSync({ schema, document: asked, variableValues }).data ?? {}
}
