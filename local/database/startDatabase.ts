import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { projectRoot } from '../../schema/root'
import { inheritedEnvironment } from '../../subgraphs/shared/env'
import { StartError } from '../../subgraphs/shared/lifecycle'
import { inheritedEnvironment } from '../../subgraphs/shared/env'
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

/** How to run the host process; the database's address stays the same however often that is started anew. */
export interface DatabaseHost {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Record<string, string>
  readonly uri: string
}

/** Where things are cached that a machine needs once: AGORA_CACHE_DIR, XDG_CACHE_HOME or `~/.cache`. */
export function defaultCacheDir(
  variables: { AGORA_CACHE_DIR?: string; XDG_CACHE_HOME?: string } = {},
): string {
  const { AGORA_CACHE_DIR: own, XDG_CACHE_HOME: shared } = variables
  return own || join(shared || join(homedir(), '.cache'), 'agora')
}

/**
 * Makes everything that the host process of a data folder's database needs, and starts nothing.
 * @throws {StartError} when the folder or a C library for the engine cannot be made.
 */
export async function prepareHost({ dataDir, log, cacheDir }: DatabaseOptions): Promise<DatabaseHost> {
  const folders = makeFolders(dataDir)
  const node = await nodeCommand(cacheDir ?? defaultCacheDir(), log)
  const program = join(projectRoot, 'dist', 'local', 'database', 'host.js')
  return {
    command: node.command,
    args: [...node.args, '--enable-source-maps', program, folders.engine, folders.socket],
    env: { TMPDIR: folders.temporary },
    uri: uriOf(folders.socket),
  }
}

/**
 * Starts the embedded database of a data folder in a process of its own, which ends with this one however that ends.
 * @throws {StartError} when another process has the folder, or the engine cannot run here.
 */
export async function startDatabase(options: DatabaseOptions): Promise<RunningDatabase> {
  const host = await prepareHost(options)
  const child = spawnHost(host)
  const message = await firstMessage(child)
  if (message.phase !== 'ready') throw hostError(message, options.dataDir)
  return { uri: host.uri, close: () => stop(child) }
}

/**
 * The database of a data folder for a program that may run beside the system: the running one, which `close` leaves
 * alone, or else one started for this program.
 * @throws {StartError} as {@link startDatabase}.
 */
export async function useDatabase(options: DatabaseOptions): Promise<RunningDatabase> {
  const running = await runningDatabase(options.dataDir)
  if (running !== undefined) return { uri: running, close: async () => {} }
  try {
    return await startDatabase(options)
  } catch (error) {
    // It was started by somebody else in this moment.
    const other = await runningDatabase(options.dataDir)
    if (other === undefined) throw error
    return { uri: other, close: async () => {} }
  }
}

/** The address of the database that a process has open on this data folder and answers for, if one does. */
export async function runningDatabase(dataDir: string): Promise<string | undefined> {
  const folders = findFolders(dataDir)
  return folders && (await answers(folders.socket)) ? uriOf(folders.socket) : undefined
}

/** What a host that is not ready says, in words for whoever started it. */
export function hostError(message: Exclude<HostMessage, { phase: 'ready' }>, dataDir: string): StartError {
  switch (message.phase) {
    case 'held': {
      const holder = message.holder === undefined ? '' : ` (process ${message.holder})`
      return new StartError(
        `The data folder ${dataDir} is in use by another system${holder}. Stop that one, or set DATA_DIR to another folder.`,
      )
    }
    case 'failed':
      return new StartError(`The embedded database did not open ${dataDir}: ${message.reason}`)
  }
}

/**
 * `journal`: an acknowledged write is on disk. Without it the engine writes its journal ten times a second, and a kill -9
 * was seen to lose the last 40 acknowledged writes.
 */
const uriOf = (socket: string): string =>
  `mongodb://${encodeURIComponent(socket)}/?directConnection=true&journal=true`

/** A group of its own, so that Ctrl-C in a terminal reaches only whoever closes things in order. */
function spawnHost({ command, args, env }: DatabaseHost): ChildProcess {
  return spawn(command, args, {
    env: { ...inheritedEnvironment(), ...env },
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
}

/** The first message of a host, or what its end without one means. */
async function firstMessage(child: ChildProcess): Promise<HostMessage> {
  return await new Promise((resolve) => {
    child.once('message', (message) => resolve(hostMessage.parse(message)))
    child.once('error', (error) => resolve({ phase: 'failed', reason: error.message }))
    child.once('exit', (code, signal) =>
      resolve({ phase: 'failed', reason: `its host ended (${signal ?? code})` }),
    )
  })
}

/** Asks the host to end and waits for it; its channel closes too, so that it ends even without the signal. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}
