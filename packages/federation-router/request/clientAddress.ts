import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

import { isInNetworks, parseNetworks } from '../../platform/http/ipNetworks'

/**
 * Finds the network address of the client behind the proxies that are trusted. X-Forwarded-For is read from its end:
 * only what a trusted proxy has added counts, since anybody can send the rest.
 *
 * @param trustProxy a number of proxies, or their addresses and networks
 */
export function createClientAddressResolver(trustProxy: string): (request: IncomingMessage) => string {
  const isTrusted = createTrust(trustProxy)
  return (request) => {
    let client = withoutPrefix(request.socket.remoteAddress ?? '')
    let forwarded: string[] | undefined
    for (let hop = 0; isTrusted(client, hop); hop++) {
      forwarded ??= forwardedAddresses(request)
      const next = plainAddress(forwarded.pop() ?? '')
      if (isIP(next) === 0) break
      client = next
    }
    return client
  }
}

function createTrust(trustProxy: string): (address: string, hop: number) => boolean {
  if (/^\d+$/.test(trustProxy)) return (_address, hop) => hop < Number(trustProxy)
  const networks = parseNetworks(trustProxy)
  return (address) => isInNetworks(networks, address)
}

function forwardedAddresses(request: IncomingMessage): string[] {
  const header = request.headers['x-forwarded-for']
  const text = Array.isArray(header) ? header.join(',') : (header ?? '')
  return text.split(',').map((entry) => entry.trim())
}

/** An IPv4 address that is written as one of IPv6, in the form that others are. */
const withoutPrefix = (address: string): string =>
  address.startsWith('::') ? address.replace(/^::ffff:(?=[\d.]+$)/i, '') : address

/** Without a port and brackets, too. */
function plainAddress(text: string): string {
  const bracketed = /^\[(.+)\](?::\d+)?$/.exec(text)?.[1]
  const address = bracketed ?? (/^[\d.]+:\d+$/.test(text) ? text.slice(0, text.indexOf(':')) : text)
  return withoutPrefix(address)
}
