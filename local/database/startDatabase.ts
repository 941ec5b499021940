import { homedir } from 'node:os'
import { join } from 'node:path'
import { projectRoot } from '../../schema/root'
import { StartError } from '../../subgraphs/shared/lifecycle'
import { createPart, type PartDefinition } from '../supervisor/part'
import { answers } from './answers'
import { nodeCommand } from './cLibrary/nodeCommand'
import { findFolders, makeFolders } from './folders'
import { hostMessage, type HostMessage } from './hostMessage'

export interface DatabaseOptions {
  /** The data folder; made when it is not there. */
  readonly dataDir: string
  /** Told, in a line each, of what takes longer than usual. */
  readonly log: (line: string) => void
  /** Where a newer C library is kept on machines that need one; default `~/.cache/agora`. */
  readonly cacheDir?: string | undefined
}

/** A database that can be connected to until `close`. */
export interface RunningDatabase {
  readonly uri: string
  close(): Promise<void>
}

/** Where things are cached that a machine needs once: AGORA_CACHE_DIR, XDG_CACHE_HOME or `~/.cache`. */
export function defaultCacheDir(
  variables: { AGORA_CACHE_DIR?: string; XDG_CACHE_HOME?: string } = {},
): string {
  const { AGORA_CACHE_DIR: own, XDG_CACHE_HOME: shared } = variables
  return own || join(shared || join(homedir(), '.cache'), 'agora')
}

/** The host process as a part to keep running; the address stays the same however often that is started anew. */
export interface DatabasePart extends PartDefinition {
  readonly uri: string
}

/**
 * Makes everything that the host process of a data folder's database needs, and starts nothing.
 * @throws {StartError} when the folder or a C library for the engine cannot be made.
 */
export async function databasePart({ dataDir, log, cacheDir }: DatabaseOptions): Promise<DatabasePart> {
  const folders = makeFolders(dataDir)
  const node = await nodeCommand(cacheDir ?? defaultCacheDir(), log)
  const program = join(projectRoot, 'dist', 'local', 'database', 'host.js')
  return {
    name: 'database',
    command: node.command,
    args: [...node.args, '--enable-source-maps', program, folders.engine, folders.socket],
    env: { TMPDIR: folders.temporary },
    ready: { by: 'message', accept: (message) => acceptMessage(hostMessage.parse(message), dataDir) },
    uri: uriOf(folders.socket),
  }
}

/**
 * Starts the embedded database of a data folder in a process of its own, which is started again when it dies, and ends
 * with this one however that ends.
 * @throws {StartError} when another process has the folder, or the engine cannot run here.
 */
export async function startDatabase(options: DatabaseOptions): Promise<RunningDatabase> {
  const definition = await databasePart(options)
  const part = createPart(definition, options.log)
  await part.start()
  return { uri: definition.uri, close: () => part.stop() }
}

/**
 * The database of a data folder for a program that may run beside the system: the running one, which `close` leaves
 * alone, or else one `started` for this program.
 * @throws {StartError} as {@link startDatabase}.
 */
export async function useDatabase(
  options: DatabaseOptions,
): Promise<RunningDatabase & { readonly started: boolean }> {
  const running = await runningDatabase(options.dataDir)
  if (running !== undefined) return { uri: running, started: false, close: async () => {} }
  try {
    return { ...(await startDatabase(options)), started: true }
  } catch (error) {
    // It was started by somebody else in this moment.
    const other = await runningDatabase(options.dataDir)
    if (other === undefined) throw error
    return { uri: other, started: false, close: async () => {} }
  }
}

/** The address of the database that a process has open on this data folder and answers for, if one does. */
export async function runningDatabase(dataDir: string): Promise<string | undefined> {
  const folders = findFolders(dataDir)
  return folders && (await answers(folders.socket)) ? uriOf(folders.socket) : undefined
}

/**
 * `journal`: an acknowledged write is on disk. Without it the engine writes its journal ten times a second, and a kill -9
 * was seen to lose the last 40 acknowledged writes.
 */
const uriOf = (socket: string): string =>
  `mongodb://${encodeURIComponent(socket)}/?directConnection=true&journal=true`

/** @throws {StartError} for a message that says why the database does not open, in words for whoever started it */
function acceptMessage(message: HostMessage, dataDir: string): void {
  switch (message.phase) {
    case 'ready':
      return
    case 'held': {
      const holder = message.holder === undefined ? '' : ` (process ${message.holder})`
      throw new StartError(
        `The data folder ${dataDir} is in use by another system${holder}. ` +
          'Stop that one, or set DATA_DIR to another folder.',
      )
    }
    case 'failed':
      throw new StartError(`The embedded database did not open ${dataDir}: ${message.reason}`)
    default:
      message satisfies never
  }
}
