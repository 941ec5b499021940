import type { OperationDefinitionNode } from 'graphql'

import { describeOperation, type OperationFields, type SpanAttributes } from '../../platform/telemetry'

/** How a valid operation appears in logs, metrics and traces. Created once, and kept with the operation. */
export interface OperationDescription extends OperationFields {
  operationType: OperationDefinitionNode['operation']
  /** https://opentelemetry.io/docs/specs/semconv/graphql/graphql-spans/ */
  spanName: string
  spanAttributes: SpanAttributes
}

/** Describes a valid operation. @param source the text of its document */
export function createOperationDescription(
  source: string,
  { name, operation: operationType }: OperationDefinitionNode,
): OperationDescription {
  const fields = describeOperation(source, name?.value)
  const { operationName, operationHash } = fields
  return {
    ...fields,
    operationType,
    spanName: operationName === undefined ? operationType : `${operationType} ${operationName}`,
    spanAttributes: {
      'graphql.operation.name': operationName,
      'graphql.operation.type': operationType,
      'graphql.document.hash': operationHash,
    },
  }
}
