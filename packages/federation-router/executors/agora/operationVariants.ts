import {
  executeSync,
  Kind,
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'
import { LRUCache } from 'lru-cache'

import type { JsonObject } from '../../../platform'
import { documentCacheLimits } from '../../planning/documentCacheLimits'
import { createFieldCollector, type FieldCollector } from '../../planning/fieldCollector'
import type { QueryPlan } from '../../planning/apolloPlanner'
import { isSchemaMetaField } from '../../planning/removeIntrospection'
import { fragmentsByName } from '../../planning/selections'
import type { SupergraphModel } from '../../supergraph/supergraphModel'
import { collectConditionVariables, compileConditionReader } from '../variables/conditionVariables'
import { compileFastPath, type ExecuteOnFastPath } from './fast-path/fastPath'

/** An operation for one set of values of the variables that @skip and @include use. */
interface OperationVariant {
  selection: FieldCollector
  /** Resolves `__schema` and `__type` at the root. */
  introspect(variables: JsonObject): JsonObject
  /** Undefined where the plan needs the standard executor. Compiled when it is first read. */
  readonly fastPath: ExecuteOnFastPath | undefined
}

export interface VariantOptions {
  plan: QueryPlan
  document: DocumentNode
  operation: OperationDefinitionNode
  /** Maps response keys of the document to those of the client, where they differ. */
  clientKeys: ReadonlyMap<string, string>
  /** The schema of clients. */
  schema: GraphQLSchema
  supergraph: SupergraphModel
  /** The cache for all operations. */
  variants: VariantCache
  /** The length of the client's document. */
  documentLength: number
  /** The fields that the viewer may not read. */
  denied?: ReadonlySet<FieldNode> | undefined
}

/**
 * Caches the variants that were used last. A client can request as many variants of one operation as its conditions have
 * values, and each takes up to 700 bytes a character of the document, 4 times as much as the limits assume.
 */
export class VariantCache {
  readonly #variants = new LRUCache<string, OperationVariant>(documentCacheLimits)
  #operations = 0

  /** Returns a prefix for the keys of an operation's variants. */
  nextPrefix(): string {
    return `${this.#operations++} `
  }

  get(key: string): OperationVariant | undefined {
    return this.#variants.get(key)
  }

  set(key: string, variant: OperationVariant, documentLength: number): void {
    this.#variants.set(key, variant, { size: 4 * documentLength })
  }
}

/** Compiles the choice of a variant by the variables of a request. */
export function compileVariants(options: VariantOptions): (variables: JsonObject) => OperationVariant {
  const { document, operation, variants, documentLength } = options
  const names = [...collectConditionVariables(document, operation)]
  if (names.length === 0) {
    let only: OperationVariant | undefined
    return () => (only ??= compileVariant(options, new Map()))
  }
  const conditions = names.map((name) => ({ name, read: compileConditionReader(operation, name) }))
  const prefix = variants.nextPrefix()
  return (variables) => {
    let key = prefix
    for (const { read } of conditions) key += read(variables) ? '1' : '0'
    const cached = variants.get(key)
    if (cached) return cached
    const values = new Map(conditions.map(({ name, read }) => [name, read(variables)]))
    const variant = compileVariant(options, values)
    variants.set(key, variant, documentLength)
    return variant
  }
}

function compileVariant(options: VariantOptions, conditions: ReadonlyMap<string, boolean>): OperationVariant {
  const { document, operation, schema, clientKeys, denied } = options
  const fragments = fragmentsByName(document)
  const readCondition = (name: string) => conditions.get(name) ?? false
  const selection = createFieldCollector(
    { schema, fragments, clientKeys, readCondition, denied },
    operation.selectionSet,
  )
  const rootType = schema.getRootType(operation.operation)?.name ?? ''
  let fastPath: ExecuteOnFastPath | null | undefined
  return {
    selection,
    introspect: compileIntrospection(options, selection, rootType),
    get fastPath() {
      // A fetch may provide a denied field nevertheless, as a key.
      if (denied && denied.size > 0) return undefined
      if (fastPath === undefined)
        fastPath = compileFastPath({ ...options, selection, rootType, readCondition }) ?? null
      return fastPath ?? undefined
    },
  }
}

const noIntrospection: JsonObject = {}

function compileIntrospection(
  { schema, document, operation }: VariantOptions,
  selection: FieldCollector,
  rootType: string,
): OperationVariant['introspect'] {
  const selections = selection
    .collectFields(rootType)
    .flatMap(({ name, nodes }) => (isSchemaMetaField(name) ? nodes : []))
  if (selections.length === 0) return () => noIntrospection
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION)
  const introspection: DocumentNode = {
    kind: Kind.DOCUMENT,
    definitions: [{ ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections } }, ...fragments],
  }
  return (variableValues) => executeSync({ schema, document: introspection, variableValues }).data ?? {}
}
