import { Kind, parse, print, visit, type DirectiveNode } from 'graphql'

import { StartupError } from '../../../platform'

/** Features that change responses and that the gateway does not support, by the names in the URLs of their specifications. */
const unsupported = new Map([
  ['authenticated', '@authenticated'],
  ['requiresScopes', '@requiresScopes'],
  ['policy', '@policy'],
  ['context', '@context and @fromContext'],
])

/** Features that the gateway rejects, although they are metadata for caches and change no response. */
const ignorable: ReadonlySet<string | undefined> = new Set(['cacheTag'])

/**
 * Removes the links that `@apollo/gateway` rejects although it can ignore them. It still rejects links that are unknown here.
 *
 * @throws StartupError that names each unsupported feature
 * @throws GraphQLError for a text that is not GraphQL
 */
export function withoutIgnorableFeatures(supergraphSdl: string): string {
  const missing = new Set<string>()
  let isChanged = false
  const supergraph = visit(parse(supergraphSdl, { noLocation: true }), {
    Directive(directive) {
      const feature = linkedFeature(directive)
      if (ignorable.has(feature)) {
        isChanged = true
        return null
      }
      const name = unsupported.get(feature ?? '')
      if (name) missing.add(name)
      return undefined
    },
  })
  if (missing.size > 0) {
    const names = [...missing].join(', ')
    throw new StartupError(
      `The supergraph file cannot be used: @apollo/gateway, the selected executor, does not support ${names}.`,
    )
  }
  return isChanged ? print(supergraph) : supergraphSdl
}

/** Returns the name of a specification of Apollo: `cacheTag` for `https://specs.apollo.dev/cacheTag/v0.1`. */
function linkedFeature(directive: DirectiveNode): string | undefined {
  if (directive.name.value !== 'link') return undefined
  const url = directive.arguments?.find(({ name }) => name.value === 'url')?.value
  if (url?.kind !== Kind.STRING) return undefined
  return /^https:\/\/specs\.apollo\.dev\/(\w+)\//.exec(url.value)?.[1]
}
