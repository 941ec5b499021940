/** The class of the global `WebSocket`, or a compatible one, for example of the package `ws`. */
export type WebSocketClass = new (url: string, protocol: string) => object

/** Global values that not every platform has. */
interface Platform {
  document?: { cookie: string } | undefined
  location?: { href: string } | undefined
  navigator?: { product?: string } | undefined
  WebSocket?: WebSocketClass | undefined
  BroadcastChannel?: typeof BroadcastChannel | undefined
}

export const platform: Platform = globalThis

/** Returns a URL without its query, absolute where the platform has a base URL. */
export function resolveUrl(url: string): string {
  const base = platform.location?.href
  const absolute = base === undefined ? url : new URL(url, base).href
  return absolute.replace(/[?#].*/, '')
}
