import { createPrivateKey } from 'node:crypto'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
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
