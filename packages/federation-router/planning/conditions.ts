import { Kind, type DirectiveNode } from 'graphql'

/** Reads a Boolean variable that @skip or @include uses. */
export type ReadCondition = (variable: string) => boolean

/** A @skip or @include: a selection is included when the argument `if` equals `includedWhen`. */
interface SelectionCondition {
  includedWhen: boolean
  if: { variable: string } | { constant: boolean }
}

/** Returns undefined for other directives. */
export function toCondition(directive: DirectiveNode): SelectionCondition | undefined {
  const { name, arguments: given = [] } = directive
  if (name.value !== 'skip' && name.value !== 'include') return undefined
  const includedWhen = name.value === 'include'
  const value = given.find((argument) => argument.name.value === 'if')?.value
  if (value?.kind === Kind.VARIABLE) return { includedWhen, if: { variable: value.name.value } }
  return { includedWhen, if: { constant: value?.kind === Kind.BOOLEAN && value.value } }
}

export function readConditions(directives: readonly DirectiveNode[]): SelectionCondition[] {
  return directives.flatMap((directive) => toCondition(directive) ?? [])
}

/** Evaluates the @skip and @include directives of a selection. */
export function isIncluded(directives: readonly DirectiveNode[], readCondition: ReadCondition): boolean {
  return readConditions(directives).every(({ includedWhen, if: condition }) => {
    const value = 'variable' in condition ? readCondition(condition.variable) : condition.constant
    return value === includedWhen
  })
}

/** Returns the names of the variables that @skip and @include use. */
export function listConditionVariables(directives: readonly DirectiveNode[]): string[] {
  return readConditions(directives).flatMap(({ if: condition }) =>
    'variable' in condition ? [condition.variable] : [],
  )
}
