import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartupError } from '../../packages/platform/lifecycle'
import { errorCode, errorMessage } from '../errorText'

export interface SystemKeys {
  /** ES256, PKCS #8 in PEM. */
  readonly jwtPrivateKey: string
  /** 32 random bytes, base64url. */
  readonly routerSecret: string
}

/**
 * The keys of the system with this data folder, made when they are first asked for; readable by their owner alone.
 * @throws {StartupError} when they can be neither read nor written
 */
export function readOrCreateKeys(dataDir: string): SystemKeys {
  const folder = join(dataDir, 'keys')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return {
      jwtPrivateKey: keep(join(folder, 'jwt-private-key.pem'), newPrivateKey),
      routerSecret: keep(join(folder, 'router-secret'), () => randomBytes(32).toString('base64url')).trim(),
    }
  } catch (error) {
    throw new StartupError(`The keys in ${folder} can be neither read nor made: ${errorMessage(error)}`)
  }
}

function newPrivateKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** A link appears whole and to one of several starts only: nobody reads half a key or one that is replaced later. */
function keep(file: string, make: () => string): string {
  const existing = readIfThere(file)
  if (existing !== undefined) return existing
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, make(), { mode: 0o600 })
  try {
    linkSync(draft, file)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
  return readFileSync(file, 'utf8')
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
