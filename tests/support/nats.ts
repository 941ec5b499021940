import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { freePorts, waitUntil } from './processes'

const program = ['nats-server', '/usr/sbin/nats-server'].find((path) => !spawnSync(path, ['--version']).error)

/** Whether there is a NATS server on this machine; tests that need one are skipped where there is none. */
export const isNatsInstalled = program !== undefined

/** A NATS server with JetStream, in a folder of its own. */
export interface TestNats {
  readonly url: string
  /** Kills it and starts it again, with what it has acknowledged. */
  restart(): Promise<void>
  /** Stops it, copies its store, and starts it again. */
  backUp(): Promise<void>
  /** Stops it, and starts it again with the store as it was when it was copied. */
  restore(): Promise<void>
  close(): Promise<void>
}

export async function startNats(): Promise<TestNats> {
  const folder = mkdtempSync(join(tmpdir(), 'agora-nats-'))
  const backup = `${folder}-backup`
  const port = await freePorts(1)

  async function start(): Promise<ChildProcess> {
    const args = ['--addr', '127.0.0.1', '--port', `${port}`, '--jetstream', '--store_dir', folder]
    const child = spawn(program ?? 'nats-server', args, { stdio: 'ignore' })
    await waitUntil('the NATS server answers', () => accepts(port))
    return child
  }
  async function stop(signal: NodeJS.Signals): Promise<void> {
    const exited = once(server, 'exit')
    server.kill(signal)
    await exited
  }
  let server = await start()

  return {
    url: `nats://127.0.0.1:${port}`,
    async restart() {
      await stop('SIGKILL')
      server = await start()
    },
    async backUp() {
      await stop('SIGTERM')
      cpSync(folder, backup, { recursive: true })
      server = await start()
    },
    async restore() {
      await stop('SIGTERM')
      rmSync(folder, { recursive: true, force: true })
      cpSync(backup, folder, { recursive: true })
      server = await start()
    },
    async close() {
      await stop('SIGTERM')
      for (const path of [folder, backup]) rmSync(path, { recursive: true, force: true })
    },
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
