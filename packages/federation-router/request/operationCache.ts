import type { DocumentNode, OperationDefinitionNode, OperationTypeNode } from 'graphql'
import { LRUCache } from 'lru-cache'

import type { AuthorizeRequest } from '../authorization/authorizedPlans'
import { documentCacheLimits } from '../planning/documentCacheLimits'
import type { PlannedOperation } from '../executors/executor'
import type { RequireAffordable } from '../limits/operationLimits'
import type { CacheState } from '../telemetry'
import type { RouterContext } from './context'
import type { OperationDescription } from './operationDescription'

/** An operation that is valid, within the limits, and planned. */
export interface PreparedOperation {
  type: OperationTypeNode
  operation: OperationDefinitionNode
  /** Applies the one limit that depends on variables. */
  requireAffordable: RequireAffordable
  planned: PlannedOperation<RouterContext>
  /** Removes the fields that the viewer may not read; undefined for an operation without restricted fields. */
  authorize: AuthorizeRequest<RouterContext> | undefined
  /** Whether it belongs to a trusted document, whose planning time is not charged to clients. */
  isTrusted: boolean
  /** How the operation appears in logs, metrics and traces. */
  description: OperationDescription
}

/** The valid documents of one supergraph and their operations, those that were used last. */
export interface OperationCache {
  find(source: string, operationName: string | undefined): PreparedOperation | undefined
  findDocument(source: string): DocumentNode | undefined
  /** Stores a valid document. */
  addDocument(source: string, document: DocumentNode): void
  /** Stores an operation of a valid document. */
  add(
    source: string,
    document: DocumentNode,
    operationName: string | undefined,
    operation: PreparedOperation,
  ): void
  findTrusted(source: string): PreparedDocument | undefined
  /** Replaces the documents that stay, however long they are not used. */
  replaceTrusted(documents: ReadonlyMap<string, PreparedDocument>): void
  readState(): CacheState
}

/** A valid document, and its operations that are prepared, by the `operationName` of requests. */
export interface PreparedDocument {
  document: DocumentNode
  operations: ReadonlyMap<string | undefined, PreparedOperation>
}

const noOperations: PreparedDocument['operations'] = new Map()

/** The lookups of operations, of all supergraphs that a router has served. */
export type OperationLookups = Pick<CacheState, 'hits' | 'misses'>

/** @param lookups counts the calls of `find` */
export function createOperationCache(lookups: OperationLookups = { hits: 0, misses: 0 }): OperationCache {
  const documents = new LRUCache<string, PreparedDocument>({
    ...documentCacheLimits,
    // The plan of each operation takes memory in proportion to the whole document.
    sizeCalculation: ({ operations }, source) => Math.max(1, operations.size) * (source.length + 1),
  })
  let trusted: ReadonlyMap<string, PreparedDocument> = new Map()
  const findEntry = (source: string) => trusted.get(source) ?? documents.get(source)
  return {
    find(source, operationName) {
      const operation = findEntry(source)?.operations.get(operationName)
      if (operation) lookups.hits++
      else lookups.misses++
      return operation
    },
    findDocument: (source) => findEntry(source)?.document,
    addDocument: (source, document) => void documents.set(source, { document, operations: noOperations }),
    add(source, document, operationName, operation) {
      // A new entry, since its size is calculated when it is stored.
      const operations = new Map(documents.get(source)?.operations).set(operationName, operation)
      documents.set(source, { document, operations })
    },
    findTrusted: (source) => trusted.get(source),
    replaceTrusted(prepared) {
      trusted = prepared
    },
    readState: () => ({ ...lookups, entries: documents.size, size: documents.calculatedSize }),
  }
}
