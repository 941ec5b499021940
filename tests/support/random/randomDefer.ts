import {
  Kind,
  parse,
  print,
  visit,
  type DirectiveNode,
  type InlineFragmentNode,
  type SelectionSetNode,
} from 'graphql'

import { drawNumber } from './seededRandom'

/** Inserts `@defer` at random places of an operation: on its fragments, and on new ones around some selections. */
export function insertDefer(text: string, seed: number): string {
  let places = 0
  const draw = () => drawNumber(`${seed} ${places++}`)
  const createDefer = (): readonly DirectiveNode[] => {
    const chance = draw()
    const label = chance < 0.5 ? `label: "part${places}"` : ''
    const condition = chance < 0.1 ? 'if: false' : chance < 0.3 ? `if: $defer${places % 2}` : ''
    const args = label || condition ? `(${label} ${condition})` : ''
    const { definitions } = parse(`query @defer${args} { a }`, { noLocation: true })
    return definitions.flatMap((each) => ('directives' in each && each.directives) || [])
  }
  const add = (directives: readonly DirectiveNode[] = []) =>
    draw() < 0.4 ? [...directives, ...createDefer()] : directives
  const wrap = (set: SelectionSetNode): SelectionSetNode => {
    if (draw() > 0.3) return set
    const from = Math.floor(draw() * set.selections.length)
    const fragment: InlineFragmentNode = {
      kind: Kind.INLINE_FRAGMENT,
      directives: createDefer(),
      selectionSet: { kind: Kind.SELECTION_SET, selections: set.selections.slice(from) },
    }
    return { ...set, selections: [...set.selections.slice(0, from), fragment] }
  }
  const deferred = print(
    visit(parse(text, { noLocation: true }), {
      InlineFragment: (node) => ({ ...node, directives: add(node.directives) }),
      FragmentSpread: (node) => ({ ...node, directives: add(node.directives) }),
      SelectionSet: { leave: wrap },
    }),
  )
  const definitions = ['$defer0: Boolean! = true', '$defer1: Boolean = false']
    .filter((each) => deferred.includes(`if: ${each.slice(0, each.indexOf(':'))}`))
    .join(', ')
  if (definitions === '') return deferred
  return deferred.replace(/^query Random(\()?/, (_, hasVariables?: string) =>
    hasVariables ? `query Random(${definitions}, ` : `query Random(${definitions})`,
  )
}
