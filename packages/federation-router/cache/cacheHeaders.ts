import type { ResponseHeaders } from '../../platform/http/httpClient'

/** How long a response of a subgraph may be stored, and its tags. */
export interface StoragePolicy {
  lifetimeMs: number
  /**
   * The tags of the response, or of each of its entities in their order. Undefined without the header Cache-Tag: then the lifetime
   * alone counts.
   */
  tagGroups: readonly (readonly string[])[] | undefined
}

/**
 * Reads how a response may be stored (RFC 9111): only a response that is `public` is the same for every viewer.
 *
 * @returns undefined for a response that must not be stored
 */
export function readStoragePolicy(headers: ResponseHeaders): StoragePolicy | undefined {
  const directives = readDirectives(readHeader(headers, 'cache-control'))
  if (!directives.has('public')) return undefined
  if (['private', 'no-store', 'no-cache'].some((name) => directives.has(name))) return undefined
  if (headers['set-cookie'] !== undefined || splitList(readHeader(headers, 'vary')).includes('*'))
    return undefined
  const maxAge = Number(directives.get('s-maxage') ?? directives.get('max-age') ?? 0)
  const age = Number(readHeader(headers, 'age') ?? 0)
  const lifetimeMs = (maxAge - age) * 1000
  if (!(lifetimeMs > 0)) return undefined
  const tags = readHeader(headers, 'cache-tag')
  return { lifetimeMs, tagGroups: tags?.split(';').map(splitList) }
}

/** The invalidations in the headers of a response to a mutation. */
export interface MutationEffect {
  tags: readonly string[]
  /** The IDs of the domain events that it has written. */
  eventIds: readonly string[]
}

export function readMutationEffect(headers: ResponseHeaders): MutationEffect {
  return {
    tags: splitList(readHeader(headers, 'cache-invalidate')),
    eventIds: splitList(readHeader(headers, 'cache-position')),
  }
}

function readHeader(headers: ResponseHeaders, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(',') : value
}

function splitList(text: string | undefined): string[] {
  if (text === undefined) return []
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

function readDirectives(text: string | undefined): Map<string, string> {
  return new Map(
    splitList(text).map((directive) => {
      const [name = '', value = ''] = directive.split('=')
      return [name.trim().toLowerCase(), value.trim().replaceAll('"', '')]
    }),
  )
}
