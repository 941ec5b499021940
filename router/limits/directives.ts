import { visit, type DocumentNode } from 'graphql'

/** How many directives a document uses. */
export function countDirectives(document: DocumentNode): number {
  let count = 0
  visit(document, {
    Directive: () => {
      count += 1
    },
  })
  return count
}
