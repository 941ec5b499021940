import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readlinkSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { errorMessage } from '../errorText'
import { StartupError } from '../../packages/platform'

/** The absolute paths of one embedded database. */
interface DatabaseFolders {
  /** The data files. */
  readonly engineFolder: string
  /** TMPDIR of the host: the engine creates its socket in a new folder in it. */
  readonly temporaryFolder: string
  /** Symlink to the current socket of the engine. */
  readonly socketLink: string
}

// sockaddr_un holds 108 bytes on Linux and 104 on macOS, the last one a NUL.
const maxSocketPathBytes = 103
const engineSocket = join('embedded-mongodb-XXXXXX', 'mongodb.sock')

const resolveFolders = (dataDir: string, run: string): DatabaseFolders => ({
  engineFolder: join(dataDir, 'mongodb'),
  temporaryFolder: join(run, 't'),
  socketLink: join(run, 'mongodb.sock'),
})

const isShortEnough = (run: string): boolean =>
  Buffer.byteLength(join(resolveFolders('/', run).temporaryFolder, engineSocket)) <= maxSocketPathBytes

/**
 * Creates the folders of a data directory, readable by their owner only. The run folder is `DATA_DIR/run`, or, if that is
 * too long for a socket path, a symlink to a short folder in the temporary directory.
 * @throws {StartupError} when a folder cannot be created, or the short one belongs to another user
 */
export function createDatabaseFolders(dataDir: string): DatabaseFolders {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    const data = realpathSync(resolve(dataDir))
    const run = createRunFolder(data)
    const folders = resolveFolders(data, run)
    mkdirSync(folders.engineFolder, { recursive: true, mode: 0o700 })
    mkdirSync(folders.temporaryFolder, { recursive: true, mode: 0o700 })
    return folders
  } catch (error) {
    if (error instanceof StartupError) throw error
    throw new StartupError(
      `The data directory ${resolve(dataDir)} cannot be used: ${errorMessage(error)}. Make it writable, or set DATA_DIR.`,
    )
  }
}

/** Returns the folders that {@link createDatabaseFolders} created; undefined before the first start. */
export function findDatabaseFolders(dataDir: string): DatabaseFolders | undefined {
  try {
    const data = realpathSync(resolve(dataDir))
    return resolveFolders(data, realpathSync(join(data, 'run')))
  } catch {
    return undefined
  }
}

function createRunFolder(dataDir: string): string {
  const run = join(dataDir, 'run')
  if (isShortEnough(run)) {
    mkdirSync(run, { recursive: true, mode: 0o700 })
    return run
  }
  const short = findShortFolder(dataDir)
  createPrivateFolder(short)
  if (readLinkTarget(run) !== short) {
    rmSync(run, { recursive: true, force: true })
    createLink(short, run)
  }
  return short
}

/** The name depends only on the data directory and the user, so that command-line tools find the running system. */
function findShortFolder(dataDir: string): string {
  const digest = createHash('sha256').update(`${userId()} ${dataDir}`).digest('hex').slice(0, 16)
  const candidates = [tmpdir(), '/tmp'].map((parent) => join(realpathSync(parent), `agora-${digest}`))
  const found = candidates.find(isShortEnough)
  if (found === undefined)
    throw new StartupError(
      `The paths of ${tmpdir()} and /tmp are too long for a socket. Set TMPDIR to a shorter one.`,
    )
  return found
}

/** Anyone can create a folder in the temporary directory: one of another user is not used. */
function createPrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const stats = lstatSync(folder)
  if (!stats.isDirectory() || stats.uid !== userId() || (stats.mode & 0o077) !== 0) {
    throw new StartupError(
      `${folder} belongs to another user or is accessible to others. Remove it, or set TMPDIR.`,
    )
  }
}

const userId = (): number => process.getuid?.() ?? 0

function readLinkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

function createLink(target: string, path: string): void {
  try {
    symlinkSync(target, path)
  } catch (error) {
    // A concurrent start has created the same link.
    if (readLinkTarget(path) !== target) throw error
  }
}
