import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect as connectToNats } from '@nats-io/transport-node'

import { openFeed } from '../../../../subgraphs/shared/feed/openFeed'
import { createLog } from '../../../../subgraphs/shared/log'
import { freePorts, waitUntil } from '../../../support/processes'
import { testMongodbUri } from '../../../support/subgraph'
import { feedContract } from './contract'
import type { Engine } from './support'

const program = ['nats-server', '/usr/sbin/nats-server'].find((path) => !spawnSync(path, ['--version']).error)

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

/** On a NATS server of its own, which can be killed. */
async function startEngine(): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), 'agora-nats-'))
  const port = await freePorts(1)
  const url = `nats://127.0.0.1:${port}`
  const log = createLog('feed', process.env['LOG_LEVEL'] ?? 'silent')

  async function startServer(): Promise<ChildProcess> {
    const args = ['--addr', '127.0.0.1', '--port', `${port}`, '--jetstream', '--store_dir', folder]
    const child = spawn(program ?? 'nats-server', args, { stdio: 'ignore' })
    await waitUntil('the NATS server answers', () => accepts(port))
    return child
  }
  async function stopServer(signal: NodeJS.Signals): Promise<void> {
    const exited = once(server, 'exit')
    server.kill(signal)
    await exited
  }
  let server = await startServer()

  return {
    open: (store, size) =>
      openFeed({
        url,
        mongodbUri: testMongodbUri(),
        database: store,
        log,
        ...(size === 'small' && { bytes: 32 * 1024 }),
      }),
    async lose(store) {
      const connection = await connectToNats({ servers: url })
      const { streams } = await jetstreamManager(connection)
      for await (const { config } of streams.list()) {
        if (config.name.startsWith(`${store}_`)) await streams.delete(config.name)
      }
      await connection.close()
    },
    async restart() {
      await stopServer('SIGKILL')
      server = await startServer()
    },
    async close() {
      await stopServer('SIGTERM')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const describeIfInstalled = program ? describe : describe.skip
if (!program) console.log('nats-server is not installed: the feed is not tested on it.')

describeIfInstalled('the feed in NATS JetStream', () => feedContract(startEngine))
