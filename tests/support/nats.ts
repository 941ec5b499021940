import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { freePorts, waitUntil } from './processes'

const program = ['nats-server', '/usr/sbin/nats-server'].find((path) => !spawnSync(path, ['--version']).error)

/** Whether nats-server is installed. Otherwise, tests that need it are skipped. */
export const isNatsInstalled = program !== undefined

/** A NATS server with JetStream. */
interface TestNats {
  readonly url: string
  /** Kills the server and restarts it with the same store. */
  restart(): Promise<void>
  /** Stops the server until `restart`. */
  stop(): Promise<void>
  /** Stops the server, copies its store, and restarts it. */
  backUp(): Promise<void>
  /** Restarts the server with the copied store. */
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
    await waitUntil('the NATS server is listening', () => isListening(port))
    return child
  }
  async function stop(signal: NodeJS.Signals): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return
    const exited = once(server, 'exit')
    server.kill(signal)
    await exited
  }
  let server = await start()

  return {
    url: `nats://127.0.0.1:${port}`,
    stop: () => stop('SIGKILL'),
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

async function isListening(port: number): Promise<boolean> {
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

/** A cluster of three NATS servers with JetStream. */
interface TestNatsCluster {
  /** The URL of all servers. */
  readonly url: string
  /** Kills a server. `wipe` removes its store. */
  kill(index: number, options?: { wipe?: boolean }): Promise<void>
  /** Starts a killed server again. */
  start(index: number): Promise<void>
  close(): Promise<void>
}

export async function startNatsCluster(): Promise<TestNatsCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'agora-nats-'))
  const first = await freePorts(6)
  const clientPort = (index: number) => first + index
  const routes = [3, 4, 5].map((offset) => `nats://127.0.0.1:${first + offset}`).join(',')
  const store = (index: number) => join(folder, String(index))
  const servers = new Map<number, ChildProcess>()

  async function start(index: number): Promise<void> {
    const identity = ['--name', `server-${index}`, '--cluster_name', 'agora', '--routes', routes]
    const cluster = [...identity, '--cluster', `nats://127.0.0.1:${first + 3 + index}`]
    const client = ['--addr', '127.0.0.1', '--port', String(clientPort(index))]
    const args = [...client, ...cluster, '--jetstream', '--store_dir', store(index)]
    servers.set(index, spawn(program ?? 'nats-server', args, { stdio: 'ignore' }))
    await waitUntil('the NATS server is listening', () => isListening(clientPort(index)))
  }
  async function kill(index: number): Promise<void> {
    const server = servers.get(index)
    if (!server) return
    servers.delete(index)
    const exited = once(server, 'exit')
    server.kill('SIGKILL')
    await exited
  }
  for (const index of [0, 1, 2]) await start(index)

  return {
    url: [0, 1, 2].map((index) => `nats://127.0.0.1:${clientPort(index)}`).join(','),
    start,
    async kill(index, { wipe = false } = {}) {
      await kill(index)
      if (wipe) rmSync(store(index), { recursive: true, force: true })
    },
    async close() {
      for (const index of [0, 1, 2]) await kill(index)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
