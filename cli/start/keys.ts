import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartupError } from '../../packages/platform'
import { errorCode, errorMessage } from '../errorText'

export interface SystemKeys {
  /** ES256, PKCS #8 in PEM. */
  readonly jwtPrivateKey: string
  /** 32 random bytes, base64url. */
  readonly routerSecret: string
}

/** Creates random keys. */
export function createKeys(): SystemKeys {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    jwtPrivateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    routerSecret: randomBytes(32).toString('base64url'),
  }
}

/**
 * Reads the keys of a data directory, and creates those that do not exist, readable by their owner only.
 * @throws {StartupError} when they can be neither read nor written
 */
export function readOrCreateKeys(dataDir: string): SystemKeys {
  const folder = join(dataDir, 'keys')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const created = createKeys()
    return {
      jwtPrivateKey: readOrCreate(join(folder, 'jwt-private-key.pem'), created.jwtPrivateKey),
      routerSecret: readOrCreate(join(folder, 'router-secret'), created.routerSecret).trim(),
    }
  } catch (error) {
    throw new StartupError(
      `The keys in ${folder} can be neither read nor created: ${errorMessage(error)}. Make the directory writable, or ` +
        'set DATA_DIR to another one.',
    )
  }
}

/** Returns the content of a file, written with `content` if it does not exist. Safe to call from several processes. */
function readOrCreate(file: string, content: string): string {
  const existing = readIfExists(file)
  if (existing !== undefined) return existing
  // A hard link appears atomically, and only the first of several processes creates it.
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, content, { mode: 0o600 })
  try {
    linkSync(draft, file)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
  return readFileSync(file, 'utf8')
}

function readIfExists(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
