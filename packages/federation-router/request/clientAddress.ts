import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

import { isInNetworks, parseNetworks } from '../../platform'

/**
 * Creates a function that returns the network address of the client behind trusted proxies. X-Forwarded-For is read from
 * its end: entries are used only while a trusted proxy has added them, since clients can send any others.
 *
 * @param trustProxy the number of proxies, or their addresses and networks
 */
export function createClientAddressResolver(trustProxy: string): (request: IncomingMessage) => string {
  const isTrusted = createProxyCheck(trustProxy)
  return (request) => {
    let client = unmapAddress(request.socket.remoteAddress ?? '')
    let forwarded: string[] | undefined
    for (let hop = 0; isTrusted(client, hop); hop++) {
      forwarded ??= forwardedAddresses(request)
      const next = parseForwardedAddress(forwarded.pop() ?? '')
      if (isIP(next) === 0) break
      client = next
    }
    return client
  }
}

function createProxyCheck(trustProxy: string): (address: string, hop: number) => boolean {
  if (/^\d+$/.test(trustProxy)) return (_address, hop) => hop < Number(trustProxy)
  const networks = parseNetworks(trustProxy)
  return (address) => isInNetworks(networks, address)
}

function forwardedAddresses(request: IncomingMessage): string[] {
  const header = request.headers['x-forwarded-for']
  const text = Array.isArray(header) ? header.join(',') : (header ?? '')
  return text.split(',').map((entry) => entry.trim())
}

/** Returns an IPv4-mapped IPv6 address as IPv4. */
const unmapAddress = (address: string): string =>
  address.startsWith('::') ? address.replace(/^::ffff:(?=[\d.]+$)/i, '') : address

/** Removes a port and brackets. */
function parseForwardedAddress(text: string): string {
  const bracketed = /^\[(.+)\](?::\d+)?$/.exec(text)?.[1]
  const address = bracketed ?? (/^[\d.]+:\d+$/.test(text) ? text.slice(0, text.indexOf(':')) : text)
  return unmapAddress(address)
}
