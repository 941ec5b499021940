import { maskAddress } from '../../../subgraphs/shared/securityLog'

test.each([
  ['192.0.2.17', '192.0.2.0/24'],
  ['::ffff:192.0.2.17', '192.0.2.0/24'],
  ['2001:db8:1:2::17', '2001:db8:1::/48'],
  ['2001:db8::17', '2001:db8:0::/48'],
  ['::1', '0:0:0::/48'],
  ['fe80::1%eth0', 'fe80:0:0::/48'],
  ['no address', 'unknown'],
])('names the network of %s, not the address', (address, network) => {
  expect(maskAddress(address)).toBe(network)
})
