import { homedir } from 'node:os'
import { join } from 'node:path'
import { projectRoot, StartupError } from '../../packages/platform'
import { createReadableOutput } from '../supervisor/systemOutput'
import { createManagedProcess, type ProcessDefinition } from '../supervisor/managedProcess'
import { isListening } from './isListening'
import { resolveNodeCommand } from './private-glibc/nodeCommand'
import { explainEngineEnd } from './diagnosis'
import { findDatabaseFolders, createDatabaseFolders } from './folders'
import { hostMessageSchema, type HostMessage } from './hostMessage'
import { createLogFile } from './logFile'
import { requireEngine } from './requireEngine'

interface EmbeddedMongodbOptions {
  /** The data directory; created if it does not exist. */
  readonly dataDir: string
  /** Receives a line when a step takes longer than usual. */
  readonly log: (line: string) => void
  /** Where the private glibc is cached, on machines that need one. Default: `~/.cache/agora`. */
  readonly cacheDir?: string | undefined
  /** The size of WiredTiger's cache. Default: 256. */
  readonly cacheMb?: number | undefined
}

export interface RunningMongodb {
  readonly uri: string
  close(): Promise<void>
}

/** Returns the cache directory of Agora: `agora` in XDG_CACHE_HOME or `~/.cache`. */
export function resolveCacheDir({ XDG_CACHE_HOME: base }: { XDG_CACHE_HOME?: string } = {}): string {
  return join(base || join(homedir(), '.cache'), 'agora')
}

/** The host process for a supervisor. The URI stays the same when it is restarted. */
interface MongodbProcessDefinition extends ProcessDefinition {
  readonly uri: string
}

/**
 * Defines the host process of a data directory, and creates the directories and the glibc that it needs.
 * @throws {StartupError} when the engine or a glibc for it is missing, or the directories cannot be created
 */
export async function defineMongodbProcess({
  dataDir,
  log,
  cacheDir,
  cacheMb = 256,
}: EmbeddedMongodbOptions): Promise<MongodbProcessDefinition> {
  requireEngine()
  const folders = createDatabaseFolders(dataDir)
  const node = await resolveNodeCommand(cacheDir ?? resolveCacheDir(), log)
  const program = join(projectRoot, 'dist', 'cli', 'embedded-mongodb', 'host.js')
  return {
    name: 'database',
    command: node.command,
    args: [...node.args, program, folders.engineFolder, folders.socketLink, String(cacheMb)],
    env: { TMPDIR: folders.temporaryFolder },
    readiness: {
      by: 'message',
      accept: (message) => acceptMessage(hostMessageSchema.parse(message), dataDir),
    },
    record: createLogFile(join(dataDir, 'mongodb.log')),
    explainEnd: (end) => explainEngineEnd(folders.engineFolder, end),
    uri: formatUri(folders.socketLink),
  }
}

/**
 * Starts the embedded database of a data directory in a supervised process, which ends with this one, even if this one is
 * killed.
 * @throws {StartupError} when another process holds the directory, or the engine cannot run on this machine
 */
export async function startEmbeddedMongodb(options: EmbeddedMongodbOptions): Promise<RunningMongodb> {
  const definition = await defineMongodbProcess(options)
  const host = createManagedProcess(definition, createReadableOutput(options.log))
  await host.start()
  return { uri: definition.uri, close: () => host.stop() }
}

/**
 * Attaches to the running database of a data directory, which `close` does not stop, or starts one for this program.
 * @throws {StartupError} as {@link startEmbeddedMongodb}
 */
export async function attachOrStartMongodb(
  options: EmbeddedMongodbOptions,
): Promise<RunningMongodb & { readonly started: boolean }> {
  const running = await findRunningMongodb(options.dataDir)
  if (running !== undefined) return { uri: running, started: false, close: async () => {} }
  try {
    return { ...(await startEmbeddedMongodb(options)), started: true }
  } catch (error) {
    // Another program may have started it at the same moment.
    const other = await findRunningMongodb(options.dataDir)
    if (other === undefined) throw error
    return { uri: other, started: false, close: async () => {} }
  }
}

/** Returns the URI of the running database of a data directory, if there is one. */
export async function findRunningMongodb(dataDir: string): Promise<string | undefined> {
  const folders = findDatabaseFolders(dataDir)
  return folders && (await isListening(folders.socketLink)) ? formatUri(folders.socketLink) : undefined
}

/**
 * `journal`: an acknowledged write is on disk. Without it, the engine flushes its journal ten times a second, and SIGKILL
 * was observed to lose the last 40 acknowledged writes.
 */
const formatUri = (socket: string): string =>
  `mongodb://${encodeURIComponent(socket)}/?directConnection=true&journal=true`

/** @throws {StartupError} when the message says that the database cannot be opened */
function acceptMessage(message: HostMessage, dataDir: string): void {
  switch (message.phase) {
    case 'ready':
      return
    case 'held': {
      const holder = message.holder === undefined ? '' : ` (process ${message.holder})`
      throw new StartupError(
        `The data folder ${dataDir} is in use by another system${holder}. ` +
          'Stop that system, or set DATA_DIR to another directory.',
      )
    }
    case 'diskFull':
      throw new StartupError(message.message)
    case 'failed':
      throw new StartupError(`The embedded database cannot open ${dataDir}: ${message.reason}`)
    default:
      message satisfies never
  }
}
