import { homedir } from 'node:os'
import { join } from 'node:path'
import { projectRoot } from '../../packages/platform/config/projectRoot'
import { StartupError } from '../../packages/platform/lifecycle'
import { createManagedProcess, type ProcessDefinition } from '../supervisor/managedProcess'
import { isListening } from './isListening'
import { resolveNodeCommand } from './private-glibc/nodeCommand'
import { findDatabaseFolders, createDatabaseFolders } from './folders'
import { hostMessageSchema, type HostMessage } from './hostMessage'
import { requireEngine } from './requireEngine'

export interface EmbeddedMongodbOptions {
  /** The data folder; made when it is not there. */
  readonly dataDir: string
  /** Told, in a line each, of what takes longer than usual. */
  readonly log: (line: string) => void
  /** Where a newer C library is kept on machines that need one; default `~/.cache/agora`. */
  readonly cacheDir?: string | undefined
}

/** A database that can be connected to until `close`. */
export interface RunningMongodb {
  readonly uri: string
  close(): Promise<void>
}

/** Returns the cache directory of Agora: `agora` in XDG_CACHE_HOME or `~/.cache`. */
export function resolveCacheDir({ XDG_CACHE_HOME: base }: { XDG_CACHE_HOME?: string } = {}): string {
  return join(base || join(homedir(), '.cache'), 'agora')
}

/** The host process as a part to keep running; the address stays the same however often that is started anew. */
export interface MongodbProcessDefinition extends ProcessDefinition {
  readonly uri: string
}

/**
 * Makes everything that the host process of a data folder's database needs, and starts nothing.
 * @throws {StartupError} when the folder or a C library for the engine cannot be made.
 */
export async function defineMongodbProcess({
  dataDir,
  log,
  cacheDir,
}: EmbeddedMongodbOptions): Promise<MongodbProcessDefinition> {
  requireEngine()
  const folders = createDatabaseFolders(dataDir)
  const node = await resolveNodeCommand(cacheDir ?? resolveCacheDir(), log)
  const program = join(projectRoot, 'dist', 'cli', 'embedded-mongodb', 'host.js')
  return {
    name: 'database',
    command: node.command,
    args: [...node.args, program, folders.engineFolder, folders.socketLink],
    env: { TMPDIR: folders.temporaryFolder },
    readiness: {
      by: 'message',
      accept: (message) => acceptMessage(hostMessageSchema.parse(message), dataDir),
    },
    uri: uriOf(folders.socketLink),
  }
}

/**
 * Starts the embedded database of a data folder in a process of its own, which is started again when it dies, and ends
 * with this one however that ends.
 * @throws {StartupError} when another process has the folder, or the engine cannot run here.
 */
export async function startEmbeddedMongodb(options: EmbeddedMongodbOptions): Promise<RunningMongodb> {
  const definition = await defineMongodbProcess(options)
  const part = createManagedProcess(definition, options.log)
  await part.start()
  return { uri: definition.uri, close: () => part.stop() }
}

/**
 * The database of a data folder for a program that may run beside the system: the running one, which `close` leaves
 * alone, or else one `started` for this program.
 * @throws {StartupError} as {@link startEmbeddedMongodb}.
 */
export async function attachOrStartMongodb(
  options: EmbeddedMongodbOptions,
): Promise<RunningMongodb & { readonly started: boolean }> {
  const running = await findRunningMongodb(options.dataDir)
  if (running !== undefined) return { uri: running, started: false, close: async () => {} }
  try {
    return { ...(await startEmbeddedMongodb(options)), started: true }
  } catch (error) {
    // It was started by somebody else in this moment.
    const other = await findRunningMongodb(options.dataDir)
    if (other === undefined) throw error
    return { uri: other, started: false, close: async () => {} }
  }
}

/** The address of the database that a process has open on this data folder and answers for, if one does. */
export async function findRunningMongodb(dataDir: string): Promise<string | undefined> {
  const folders = findDatabaseFolders(dataDir)
  return folders && (await isListening(folders.socketLink)) ? uriOf(folders.socketLink) : undefined
}

/**
 * `journal`: an acknowledged write is on disk. Without it the engine writes its journal ten times a second, and a kill -9
 * was seen to lose the last 40 acknowledged writes.
 */
const uriOf = (socket: string): string =>
  `mongodb://${encodeURIComponent(socket)}/?directConnection=true&journal=true`

/** @throws {StartupError} for a message that says why the database does not open, in words for whoever started it */
function acceptMessage(message: HostMessage, dataDir: string): void {
  switch (message.phase) {
    case 'ready':
      return
    case 'held': {
      const holder = message.holder === undefined ? '' : ` (process ${message.holder})`
      throw new StartupError(
        `The data folder ${dataDir} is in use by another system${holder}. ` +
          'Stop that one, or set DATA_DIR to another folder.',
      )
    }
    case 'failed':
      throw new StartupError(`The embedded database did not open ${dataDir}: ${message.reason}`)
    default:
      message satisfies never
  }
}
