import { createClientAddressResolver } from '../../../../packages/federation-router/request/clientAddress'
import { configShape } from '../../../../router/config'
import { readConfig } from '../../../../packages/platform/config/environment'
import { startHttpServer } from '../../../../packages/platform/http/server'
import { createLog } from '../../../../packages/platform/log'

const cases: [trustProxy: string, forwarded: string | undefined, address: string][] = [
  ['0', undefined, '127.0.0.1'],
  ['0', '192.0.2.1', '127.0.0.1'],
  ['1', undefined, '127.0.0.1'],
  ['1', '192.0.2.1', '192.0.2.1'],
  ['1', '198.51.100.9, 192.0.2.1', '192.0.2.1'],
  ['2', '203.0.113.5, 198.51.100.9, 192.0.2.1', '198.51.100.9'],
  ['2', '192.0.2.1', '192.0.2.1'],
  ['1', 'unknown', '127.0.0.1'],
  ['1', '192.0.2.1:5123', '192.0.2.1'],
  ['1', '[2001:db8::1]:5123', '2001:db8::1'],
  ['1', '::ffff:192.0.2.1', '192.0.2.1'],
  ['127.0.0.1', '198.51.100.9, 192.0.2.1', '192.0.2.1'],
  ['127.0.0.0/8, 192.0.2.0/24', '203.0.113.5, 198.51.100.9, 192.0.2.1', '198.51.100.9'],
  ['10.0.0.0/8', '192.0.2.1', '127.0.0.1'],
  ['::1,2001:db8::/32', '192.0.2.1', '127.0.0.1'],
]

it.each(cases)('TRUST_PROXY=%s, X-Forwarded-For: %s -> %s', async (trustProxy, forwarded, address) => {
  const resolveAddress = createClientAddressResolver(trustProxy)
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    log: createLog('test', 'silent'),
    routes: { '*': (request, response) => void response.end(resolveAddress(request)) },
  })
  const headers = forwarded === undefined ? undefined : { 'x-forwarded-for': forwarded }
  const response = await fetch(server.url, { headers })
  expect(await response.text()).toBe(address)
  await server.close()
})

it.each(['yes', '-1', '10.0.0.0/33', '10.0.0.0/8/8', '1.2.3', '10.0.0.1,', '1.5'])(
  'TRUST_PROXY=%s is a mistake',
  (value) => {
    expect(() => readConfig(configShape, { TRUST_PROXY: value })).toThrow(/TRUST_PROXY: must be a number/)
  },
)
