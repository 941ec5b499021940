import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartupError, variable } from '../../packages/platform'
import { configShape as usersShape } from '../../subgraphs/users/config'
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
 * @throws {StartupError} when they can be neither read nor written, and for a damaged file
 */
export function readOrCreateKeys(dataDir: string): SystemKeys {
  const folder = join(dataDir, 'keys')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const created = createKeys()
    const jwtPrivateKey = readOrCreate(join(folder, 'jwt-private-key.pem'), created.jwtPrivateKey)
    const routerSecret = readOrCreate(join(folder, 'router-secret'), created.routerSecret).trim()
    requireValid(folder, { jwtPrivateKey, routerSecret })
    return { jwtPrivateKey, routerSecret }
  } catch (error) {
    if (error instanceof StartupError) throw error
    throw new StartupError(
      `The keys in ${folder} can be neither read nor created: ${errorMessage(error)}. Make the directory writable, or ` +
        'set DATA_DIR to another one.',
    )
  }
}

function requireValid(folder: string, { jwtPrivateKey, routerSecret }: SystemKeys): void {
  const files = [
    {
      file: join(folder, 'jwt-private-key.pem'),
      parsed: usersShape.shape.JWT_PRIVATE_KEY.safeParse(jwtPrivateKey),
      effect: 'all users must sign in again',
    },
    {
      file: join(folder, 'router-secret'),
      parsed: variable.secret().safeParse(routerSecret),
      effect: 'subgraphs that you start yourself need the new one',
    },
  ]
  for (const { file, parsed, effect } of files) {
    if (parsed.success) continue
    const [issue] = parsed.error.issues
    throw new StartupError(
      `The key file ${file} is damaged: it ${issue?.message}. Restore it from a backup, or delete it: the next start ` +
        `creates another key, and ${effect}.`,
    )
  }
}

/** Returns the content of a file, written with `content` if it does not exist. Safe to call from several processes. */
function readOrCreate(file: string, content: string): string {
  const existing = readIfExists(file)
  if (existing !== undefined) return existing
  // A hard link appears atomically, and only the first of several processes creates it.
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, content, { mode: 0o600, flush: true })
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
