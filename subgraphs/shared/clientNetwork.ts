import { isIPv6 } from 'node:net'

/**
 * Returns the network that limits count a client address for: an IPv4 address itself, and the first 64 bits of an IPv6
 * address, because one customer is assigned at least that much (RFC 6177). Text that is no address is returned unchanged.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped) return mapped
  const withoutZone = address.replace(/%.*$/, '')
  if (!isIPv6(withoutZone)) return address
  // The URL parser returns the canonical form (RFC 5952): hexadecimal, with the longest run of zeros as `::`.
  const canonical = new URL(`http://[${withoutZone}]`).hostname.slice(1, -1)
  const [head = '', tail] = canonical.split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length
  return `${[...first, ...Array<string>(zeros).fill('0'), ...last].slice(0, 4).join(':')}::/64`
}
