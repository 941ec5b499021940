import { BlockList, isIP, isIPv6 } from 'node:net'

/**
 * Returns the network to which rate limits apply: an IPv4 address itself, or the first 64 bits of an IPv6
 * address, because one customer is assigned at least that much (RFC 6177). Returns other text unchanged.
 */
export function toClientNetwork(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped) return mapped
  const groups = readIPv6Groups(address)
  return groups ? `${groups.slice(0, 4).join(':')}::/64` : address
}

/**
 * Returns the network of an address for a log, which does not identify a person: the first 24 bits of IPv4, the
 * first 48 bits of IPv6, `unknown` for other text.
 */
export function maskAddress(address: string): string {
  const octets = /(\d+\.\d+\.\d+)\.\d+$/.exec(address)?.[1]
  if (octets !== undefined) return `${octets}.0/24`
  const groups = readIPv6Groups(address)
  return groups ? `${groups.slice(0, 3).join(':')}::/48` : 'unknown'
}

/** Returns the eight groups of an IPv6 address in hexadecimal; undefined for any other text. */
function readIPv6Groups(address: string): string[] | undefined {
  const withoutZone = address.replace(/%.*$/, '')
  if (!isIPv6(withoutZone)) return undefined
  // The URL parser returns the canonical form (RFC 5952): hexadecimal, with the longest run of zeros as `::`.
  const canonical = new URL(`http://[${withoutZone}]`).hostname.slice(1, -1)
  const [head = '', tail] = canonical.split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length
  return [...first, ...Array<string>(zeros).fill('0'), ...last]
}

/** Parses addresses and networks such as 10.0.0.0/8, separated by commas; returns undefined for an invalid one. */
export function parseNetworks(text: string): BlockList | undefined {
  const networks = new BlockList()
  for (const entry of text.split(',')) {
    const [address = '', prefix, ...rest] = entry.trim().split('/')
    const version = isIP(address)
    const bits = version === 6 ? 128 : 32
    const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1
    if (version === 0 || rest.length > 0 || length < 0 || length > bits) return undefined
    networks.addSubnet(address, length, version === 6 ? 'ipv6' : 'ipv4')
  }
  return networks
}

/** Returns whether an address is in one of the networks; false without networks. */
export function isInNetworks(networks: BlockList | undefined, address: string): boolean {
  return networks?.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4') ?? false
}
