import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readlinkSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { errorMessage } from '../errorText'
import { StartupError } from '../../packages/platform/lifecycle'

/** Where one embedded database keeps its things; absolute paths. */
export interface DatabaseFolders {
  /** The engine's files. */
  readonly engineFolder: string
  /** The host's TMPDIR: the engine makes its socket in a folder of its own in here. */
  readonly temporaryFolder: string
  /** The symlink that always leads to the engine's present socket. */
  readonly socketLink: string
}

// sockaddr_un holds 108 bytes on Linux and 104 on macOS, the last one a NUL.
const longestSocketPath = 103
const engineSocket = join('embedded-mongodb-XXXXXX', 'mongodb.sock')

const foldersIn = (dataDir: string, run: string): DatabaseFolders => ({
  engineFolder: join(dataDir, 'mongodb'),
  temporaryFolder: join(run, 't'),
  socketLink: join(run, 'mongodb.sock'),
})

const fits = (run: string): boolean =>
  Buffer.byteLength(join(foldersIn('/', run).temporaryFolder, engineSocket)) <= longestSocketPath

/**
 * Makes the folders of the embedded database of a data folder, readable by their owner alone, and says where they are.
 * The run folder is `DATA_DIR/run`; where that is too deep for a socket's path, it is a symlink to a short folder
 * under the temporary folder.
 * @throws {StartupError} when a folder cannot be made, or the short one belongs to somebody else.
 */
export function createDatabaseFolders(dataDir: string): DatabaseFolders {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    const data = realpathSync(resolve(dataDir))
    const run = makeRunFolder(data)
    const folders = foldersIn(data, run)
    mkdirSync(folders.engineFolder, { recursive: true, mode: 0o700 })
    mkdirSync(folders.temporaryFolder, { recursive: true, mode: 0o700 })
    return folders
  } catch (error) {
    if (error instanceof StartupError) throw error
    throw new StartupError(`The data folder ${resolve(dataDir)} cannot be used: ${errorMessage(error)}`)
  }
}

/** The folders as {@link createDatabaseFolders} made them; undefined where no database has been started yet. */
export function findDatabaseFolders(dataDir: string): DatabaseFolders | undefined {
  try {
    const data = realpathSync(resolve(dataDir))
    return foldersIn(data, realpathSync(join(data, 'run')))
  } catch {
    return undefined
  }
}

function makeRunFolder(dataDir: string): string {
  const run = join(dataDir, 'run')
  if (fits(run)) {
    mkdirSync(run, { recursive: true, mode: 0o700 })
    return run
  }
  const short = shortFolder(dataDir)
  makePrivate(short)
  if (linkTarget(run) !== short) {
    rmSync(run, { recursive: true, force: true })
    linkOnce(short, run)
  }
  return short
}

/** One name for one data folder and user, whatever TMPDIR says: the importer must find what the system made. */
function shortFolder(dataDir: string): string {
  const digest = createHash('sha256').update(`${userId()} ${dataDir}`).digest('hex').slice(0, 16)
  const candidates = [tmpdir(), '/tmp'].map((parent) => join(realpathSync(parent), `agora-${digest}`))
  const found = candidates.find(fits)
  if (found === undefined)
    throw new StartupError(`No folder short enough for a socket under ${tmpdir()} or /tmp.`)
  return found
}

/** The temporary folder is everybody's: a folder that somebody else made there first is not used. */
function makePrivate(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const made = lstatSync(folder)
  if (!made.isDirectory() || made.uid !== userId() || (made.mode & 0o077) !== 0) {
    throw new StartupError(
      `${folder} belongs to another user or is open to others. Remove it, or set TMPDIR.`,
    )
  }
}

const userId = (): number => process.getuid?.() ?? 0

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

function linkOnce(target: string, path: string): void {
  try {
    symlinkSync(target, path)
  } catch (error) {
    // Two starts at once make the same link.
    if (linkTarget(path) !== target) throw error
  }
}
