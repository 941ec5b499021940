const maxUriLength = 2_000
const maxCallbackLength = 8_000

/** Returns whether a text can be in the list of redirect URIs: absolute, over https or to this machine, without a query. */
export function isRedirectUri(text: string): boolean {
  if (text.length > maxUriLength || /[?#\s\\]/.test(text) || !URL.canParse(text)) return false
  const { protocol, hostname, username, password, href } = new URL(text)
  if (username !== '' || password !== '' || href !== text) return false
  if (protocol === 'https:') return true
  if (protocol === 'http:') return isLoopbackHost(hostname)
  // A scheme of a native app is a reversed domain name (RFC 8252, section 7.1), which excludes `javascript:` and `data:`.
  return protocol.includes('.')
}

/** Returns whether a host is this machine, where plain HTTP is acceptable. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

/**
 * Reads the parameters of a callback. The URL is never requested: only its query is used, and only if the rest is the
 * redirect URI of the flow.
 *
 * @returns undefined for any other URL
 */
export function readCallbackParameters(
  callbackUrl: string,
  redirectUri: string,
): URLSearchParams | undefined {
  if (callbackUrl.length > maxCallbackLength) return undefined
  const [address, query] = splitOnce(callbackUrl.split('#', 1)[0] ?? '', '?')
  return address === redirectUri ? new URLSearchParams(query) : undefined
}

function splitOnce(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator)
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)]
}
