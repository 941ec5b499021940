import { parse, visit } from 'graphql'

import { StartupError } from '../../platform'
import type { Log } from '../../platform/log'
import { readArgument } from './joinDirectives'
import { readLinkedFeatures } from './linkedFeatures'

/**
 * Refuses a supergraph with progressive overrides, which route a field by a label to one of two subgraphs
 * (https://specs.apollo.dev/join/v0.5), and warns about directives that have no effect: @cost and @listSize
 * (https://specs.apollo.dev/cost/v0.1).
 *
 * @throws StartupError that names the fields
 * @throws GraphQLError for a text that is not GraphQL
 */
export function checkSupergraphFeatures(supergraphSdl: string, log: Log): void {
  const document = parse(supergraphSdl, { noLocation: true })
  const cost = readLinkedFeatures(document).find(({ name }) => name === 'cost')
  const costDirectives = new Set(cost && ['cost', 'listSize'].map(cost.nameDirective))
  const overridden = new Set<string>()
  let weighted = 0
  let typeName = ''
  visit(document, {
    ObjectTypeDefinition: ({ name }) => void (typeName = name.value),
    InterfaceTypeDefinition: ({ name }) => void (typeName = name.value),
    FieldDefinition({ name, directives = [] }) {
      for (const directive of directives) {
        const label = directive.name.value === 'join__field' && readArgument(directive, 'overrideLabel')
        if (label) overridden.add(`@override(label: "${label}") on ${typeName}.${name.value}`)
      }
    },
    Directive: ({ name }) => void (weighted += costDirectives.has(name.value) ? 1 : 0),
    DirectiveDefinition: () => false,
  })
  if (overridden.size > 0)
    throw new StartupError(
      `The supergraph file cannot be used: the router does not support ${[...overridden].join(', ')}. Remove the label, so that one subgraph resolves the field.`,
    )
  if (weighted > 0)
    log.warn(
      { directives: weighted },
      'The supergraph has @cost or @listSize, which the router ignores: MAX_COST counts objects by the arguments first, last and limit',
    )
}
