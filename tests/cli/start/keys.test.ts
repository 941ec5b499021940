import { createPrivateKey } from 'node:crypto'
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readOrCreateKeys } from '../../../cli/start/keys'
import { createTestWorkspace } from '../../support/processes'

const workspace = createTestWorkspace()
afterEach(() => workspace.cleanUp())

test('creates a P-256 key and 32 random bytes once, readable by their owner only', () => {
  const folder = workspace.folder()
  const keys = readOrCreateKeys(folder)
  expect(readOrCreateKeys(folder)).toEqual(keys)
  expect(createPrivateKey(keys.jwtPrivateKey).asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' })
  expect(Buffer.from(keys.routerSecret, 'base64url')).toHaveLength(32)
  const files = readdirSync(join(folder, 'keys')).sort()
  expect(files).toEqual(['jwt-private-key.pem', 'router-secret'])
  for (const file of files) expect(statSync(join(folder, 'keys', file)).mode & 0o777).toBe(0o600)
  expect(readOrCreateKeys(workspace.folder()).routerSecret).not.toBe(keys.routerSecret)
})

test('names the folder when keys cannot be created', () => {
  const file = join(workspace.folder(), 'file')
  writeFileSync(file, '')
  expect(() => readOrCreateKeys(file)).toThrow(
    `The keys in ${join(file, 'keys')} can be neither read nor created`,
  )
})

test.each([
  [
    'jwt-private-key.pem',
    '',
    'must be a private key for ES256 (P-256) in PEM format',
    'all users must sign in again',
  ],
  [
    'jwt-private-key.pem',
    '-----BEGIN',
    'must be a private key for ES256 (P-256) in PEM format',
    'all users must sign in',
  ],
  [
    'router-secret',
    '',
    'must be at least 32 bytes long',
    'subgraphs that you start yourself need the new one',
  ],
  [
    'router-secret',
    'short',
    'must be at least 32 bytes long',
    'subgraphs that you start yourself need the new one',
  ],
])('names the damaged key file %s with the content "%s"', (name, content, cause, effect) => {
  const folder = workspace.folder()
  readOrCreateKeys(folder)
  const file = join(folder, 'keys', name)
  writeFileSync(file, content)
  const start = `The key file ${file} is damaged: it ${cause}. Restore it from a backup, or delete it`
  expect(() => readOrCreateKeys(folder)).toThrow(start)
  expect(() => readOrCreateKeys(folder)).toThrow(effect)
  rmSync(file)
  expect(() => readOrCreateKeys(folder)).not.toThrow()
})
