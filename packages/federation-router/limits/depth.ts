import { foldOperation, isIntrospectionField, maximum, type OperationWithFragments } from './operationFold'

/** How many fields stand one below the other; `{ a { b } }` has 2. */
export function computeDepth(operation: OperationWithFragments): number {
  return foldOperation(operation, (field, below) => (isIntrospectionField(field) ? 0 : 1 + below), maximum)
}
