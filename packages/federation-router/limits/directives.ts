import type { DocumentNode } from 'graphql'

import { forEachSelection } from '../planning/selections'

/** How many directives a document uses. */
export function countDirectives(document: DocumentNode): number {
  let count = 0
  const add = ({ directives = [] }: { directives?: readonly unknown[] }) => {
    count += directives.length
  }
  for (const definition of document.definitions) {
    if ('directives' in definition) add(definition)
    if ('variableDefinitions' in definition) definition.variableDefinitions?.forEach(add)
  }
  forEachSelection(document, add)
  return count
}
