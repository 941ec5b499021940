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

import type { RouterContext } from '../context'
import { forEachSelection } from '../documents'
import { documentBounds } from '../documentStore'
import type { QueryPlan } from '../planning/planner'
import { isSchemaField } from '../planning/withoutIntrospection'
import type { SubgraphAnswer } from '../transport/transport'
import { completeAnswer } from './completion'
import { compileBody, compileReceipt } from './fetch'
import type { JsonObject } from './json'
import { compileDirect, type Direct } from './direct/direct'
import { createPatience } from './direct/patience'
import { fragmentsOf, keyTreeOf, type KeyTree } from './keyTree'
import type { PreparedText } from './prepared'
import { noneGone, problemsOf, type Run, type Send, type Step } from './run'
import { createSelection, flagsOf, type Selection } from './selection'
import { compileSerial } from './serial'
import { compileStep, dependsOnPlaces } from './steps'
import type { Supergraph } from './supergraph'
import { compileFlag, compileVariableCheck, type CheckVariables } from './variables'

/** What came of an operation: the JSON text of `data` from the direct path, else data and errors, of which there may be none. */
export type ExecutionOutcome =
  PreparedText | { texts?: undefined; data: JsonObject | null; errors: readonly GraphQLError[] }

export interface ExecutionInput {
  variables: JsonObject
  context: RouterContext
  send: Send
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
  executeRest(event: SubgraphAnswer, input: ExecutionInput): Promise<ExecutionOutcome>
}

export interface CompileOptions {
  plan: QueryPlan
  document: DocumentNode
  operation: OperationDefinitionNode
  /** The client's own keys, by those that the document has in their place. */
  clientKeys: ReadonlyMap<string, string>
  /** What clients see. */
  schema: GraphQLSchema
  supergraph: Supergraph
  /** Keeps the variants of all operations together. */
  variants: VariantCache
  /** The length of the client's document. */
  length: number
  /** How many executions take the complete path before the direct one is compiled: 1 unless said. */
  directAfter?: number | undefined
}

/** The answer under one set of values of the variables that @skip and @include use. */
interface Variant {
  selection: Selection
  introspect: (variables: JsonObject) => JsonObject
  /** Undefined where there is no direct path. */
  direct: Direct | undefined
}

/**
 * The variants that were used last. A client can ask for as many of one operation as its flags have values, and each
 * takes up to 700 bytes a character of the document: 4 times what the bounds count with.
 */
export class VariantCache {
  private readonly variants = new LRUCache<string, Variant>(documentBounds)
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
export function compileOperation(options: CompileOptions): CompiledOperation {
  const { plan, document, operation, clientKeys, schema, supergraph } = options
  const { node } = plan
  const isSubscription = node?.kind === 'Subscription'
  const variantFor = compileVariants(options)
  const rootType = schema.getRootType(operation.operation)?.name ?? ''
  const patience = createPatience(options.directAfter ?? 1)
  const mayHappen = compileSerial(schema, rootType, ({ variables }) => variantFor(variables).selection)
  const steps = { operation, supergraph, sharesEntities: !dependsOnPlaces(node), mayHappen }
  const step = compileStep(isSubscription ? undefined : node, steps)
  const rest = compileStep(isSubscription ? node.rest : undefined, steps)
  const receive = isSubscription ? compileReceipt(node.primary, steps) : () => undefined
  let keys: KeyTree | undefined

  const restOf =
    (event: SubgraphAnswer): Step =>
    (run) => {
      receive(run, event)
      return rest(run)
    }

  async function run(first: Step, data: JsonObject, input: ExecutionInput): Promise<ExecutionOutcome> {
    keys ??= keyTreeOf(document, operation.selectionSet)
    const { variables, context, send } = input
    const run: Run = {
      data,
      variables,
      context,
      send,
      operation: keys,
      clientKeys,
      problems: undefined,
      leftOut: undefined,
      gone: undefined,
      happened: [],
      isLost: false,
    }
    const pending = first(run)
    if (pending) await pending
    return answer(run)
  }

  const complete = (input: ExecutionInput) => run(step, {}, input)

  function execute(input: ExecutionInput): Promise<ExecutionOutcome> {
    const direct = patience.isUp() ? variantFor(input.variables).direct : undefined
    return direct ? direct(input, patience, complete) : complete(input)
  }

  function answer(run: Run): ExecutionOutcome {
    if (run.isLost) return { data: null, errors: problemsOf(run).toErrors(null) }
    const { selection, introspect } = variantFor(run.variables)
    const introspection = introspect(run.variables)
    const problems = problemsOf(run)
    for (const source of run.leftOut ?? []) problems.leaveOut(source)
    const gone = run.gone ?? noneGone
    const data = completeAnswer({ schema, selection, rootType, problems, introspection, gone }, run.data)
    return { data, errors: problems.toErrors(data) }
  }

  return {
    plan,
    checkVariables: compileVariableCheck(schema, operation, flagNames(options)),
    execute,
    primary: isSubscription
      ? { service: node.primary.serviceName, writeBody: compileBody(node.primary) }
      : undefined,
    executeRest: (event, input) => run(restOf(event), {}, input),
  }
}

/** Returns the names of the variables that @skip and @include use in the operation and its fragments. */
export function flagNames({
  document,
  operation,
}: Pick<CompileOptions, 'document' | 'operation'>): ReadonlySet<string> {
  const names = new Set<string>()
  const isOnly = document.definitions.every(
    (each) => each === operation || each.kind !== Kind.OPERATION_DEFINITION,
  )
  const own = isOnly ? document : separateOperations(document)[operation.name?.value ?? '']
  forEachSelection(own ?? document, ({ directives = [] }) => {
    for (const name of flagsOf(directives)) names.add(name)
  })
  return names
}

function compileVariants(options: CompileOptions): (variables: JsonObject) => Variant {
  const { operation } = options
  const names = flagNames(options)
  if (names.size === 0) {
    let only: Variant | undefined
    return () => (only ??= compileVariant(options, new Map()))
  }
  const flags = [...names].map((name) => ({ name, read: compileFlag(operation, name) }))
  const { variants, length } = options
  const prefix = variants.nextPrefix()
  return (variables) => {
    let key = prefix
    for (const { read } of flags) key += read(variables) ? '1' : '0'
    const known = variants.get(key)
    if (known) return known
    const variant = compileVariant(options, new Map(flags.map(({ name, read }) => [name, read(variables)])))
    variants.set(key, variant, length)
    return variant
  }
}

function compileVariant(options: CompileOptions, flags: ReadonlyMap<string, boolean>): Variant {
  const { document, operation, schema, clientKeys } = options
  const fragments = fragmentsOf(document)
  const flag = (name: string) => flags.get(name) ?? false
  const selection = createSelection({ schema, fragments, clientKeys, flag }, operation.selectionSet)
  const rootType = schema.getRootType(operation.operation)?.name ?? ''
  let direct: Direct | null | undefined
  return {
    selection,
    introspect: compileIntrospection(options, selection, rootType),
    get direct() {
      if (direct === undefined)
        direct =
          compileDirect({
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
  { schema, document, operation }: CompileOptions,
  selection: Selection,
  rootType: string,
): (variables: JsonObject) => JsonObject {
  const nodes = selection.fieldsOf(rootType).flatMap(({ name, nodes }) => (isSchemaField(name) ? nodes : []))
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
