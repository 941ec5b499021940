const json = 'application/json'
const graphqlResponse = 'application/graphql-response+json'
const html = 'text/html'
export const jsonMediaType = `${json}; charset=utf-8`

/** The bound of a cache by the values of one header: clients send few different ones. */
export const maxCachedHeaders = 100
const types = new Map<string, string | undefined>()

/**
 * Selects the media type of a response to an operation
 * (https://graphql.github.io/graphql-over-http/draft/#sec-Media-Types).
 *
 * @returns undefined when the client accepts none
 */
export function negotiateMediaType(accept = ''): string | undefined {
  if (types.has(accept)) return types.get(accept)
  if (types.size >= maxCachedHeaders) types.clear()
  const type = accept.trim() === '' ? json : selectMediaType(accept, [json, graphqlResponse])
  const withCharset = type && `${type}; charset=utf-8`
  types.set(accept, withCharset)
  return withCharset
}

/** Returns whether a media type of a response is plain JSON, of which clients expect status 200. */
export function isPlainJson(mediaType: string): boolean {
  return mediaType.startsWith(json)
}

/** Returns whether a client is a browser that opens a page. */
export function prefersHtml(accept = ''): boolean {
  return accept.includes(html) && selectMediaType(accept, [json, graphqlResponse, html]) === html
}

/**
 * Selects the type with the highest quality (RFC 9110, section 12.5.1): of equal ones the type that the client names first,
 * and else the first offer.
 */
function selectMediaType(accept: string, offers: readonly string[]): string | undefined {
  const ranges = accept.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
    return { type, quality: quality === undefined ? 1 : Number(quality) || 0 }
  })
  let best: { offer: string; quality: number; index: number } | undefined
  for (const offer of offers) {
    const [group] = offer.split('/')
    for (const name of [offer, `${group}/*`, '*/*']) {
      const at = ranges.findIndex(({ type }) => type === name)
      if (at === -1) continue
      const quality = ranges[at]?.quality ?? 0
      const index = name.includes('*') ? Infinity : at
      const isBetter = !best || quality > best.quality || (quality === best.quality && index < best.index)
      if (quality > 0 && isBetter) best = { offer, quality, index }
      break
    }
  }
  return best?.offer
}
