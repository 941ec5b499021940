import { foldOperation, sum, type OperationWithFragments } from './operationFold'

/** How many fields have an alias, one in a fragment counted each time that the fragment is spread. */
export function countAliases(operation: OperationWithFragments): number {
  return foldOperation(operation, (field, below) => (field.alias ? 1 : 0) + below, sum)
}
