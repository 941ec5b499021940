import { BlockList, isIP } from 'node:net'

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
