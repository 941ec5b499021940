import { buildSubgraphSchema } from '@apollo/subgraph'
import { parse } from 'graphql'
import { connect, createServer, type AddressInfo } from 'node:net'

import { transportSettingsShape } from '../../packages/federation-router/transport/settings'
import { createTransport } from '../../packages/federation-router/transport/transport'
import type { RunningServer } from '../../packages/platform/http/server'
import { createLog } from '../../packages/platform/log'
import { serveSubgraph } from '../../packages/subgraph-kit/server/serveSubgraph'
import { anonymous } from '../../packages/auth/viewer'
import { createViewerSigner } from '../../packages/auth/viewerToken'
import { createTestContext } from '../support/federation-router/testTransport'
import { waitUntil } from '../support/processes'
import { createTestTelemetry, routerSecret } from '../support/subgraph'

const log = createLog('tests', 'silent')

/** Starts a load balancer for the processes of a subgraph: round-robin over those that are ready. */
async function startBalancer() {
  const ready: string[] = []
  const processes = new Set<string>()
  const server = createServer((client) => {
    const url = ready.shift()
    if (url === undefined) return void client.destroy()
    ready.push(url)
    const upstream = connect(Number(new URL(url).port), '127.0.0.1')
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.pipe(other)
      one.on('error', () => other.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  let isChecking = true

  async function check(): Promise<void> {
    while (isChecking) {
      for (const url of processes) {
        const isReady = await fetch(`${url}/health/ready`).then(
          ({ ok }) => ok,
          () => false,
        )
        const index = ready.indexOf(url)
        if (isReady && index === -1) ready.push(url)
        else if (!isReady && index !== -1) ready.splice(index, 1)
        if (!isReady) processes.delete(url)
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  const checked = check()
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    /** Resolves when the process receives connections. */
    async add({ url }: RunningServer): Promise<void> {
      processes.add(url)
      await waitUntil('it is ready', () => ready.includes(url))
    },
    async close(): Promise<void> {
      isChecking = false
      await checked
      server.close()
    },
  }
}

test('executes every mutation exactly once during a rolling restart under load', async () => {
  const recorded: string[] = []
  const schema = buildSubgraphSchema({
    typeDefs: parse('type Query { count: Int } type Mutation { record(id: String!): String }'),
    resolvers: {
      Mutation: { record: (_: unknown, { id }: { id: string }) => recorded.push(id) && id },
    },
  })
  const startProcess = async () =>
    serveSubgraph(
      {
        name: 'posts',
        schema,
        createContext: () => ({}),
        prepare: () => Promise.resolve(),
        readReadiness: () => Promise.resolve({ isReady: true, dependencies: {} }),
        close: () => Promise.resolve(),
      },
      {
        host: '127.0.0.1',
        port: 0,
        routerSecret,
        log,
        // The balancer checks all processes in this time, on a busy machine too.
        drainMs: 3_000,
        telemetry: await createTestTelemetry({ log }),
      },
    )

  const balancer = await startBalancer()
  const transport = createTransport({ settings: () => transportSettingsShape.parse({}), log })
  transport.setSubgraphUrls(new Map([['posts', balancer.url]]))
  const viewerToken = createViewerSigner(routerSecret)({ viewer: anonymous, address: '' })
  let phase: 'loading' | 'done' = 'loading'
  const sent: string[] = []
  const lost: unknown[] = []

  async function send(client: number): Promise<void> {
    for (let count = 0; phase === 'loading'; count++) {
      const id = `${client} ${count}`
      sent.push(id)
      const query = 'mutation ($id: String!) { record(id: $id) }'
      const body = JSON.stringify({ query, variables: { id } })
      const response = await transport
        .send('posts', { body, kind: 'mutation' }, { ...createTestContext(), viewerToken })
        .catch((error: unknown) => ({ errors: [error] }))
      if (response.errors) lost.push(id, response.errors)
      // Leaves connections idle for a while, so that their process stops meanwhile.
      if (count % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5 * client))
    }
  }

  let running = await Promise.all([startProcess(), startProcess()])
  for (const each of running) await balancer.add(each)
  const load = Array.from({ length: 16 }, (_, client) => send(client))
  for (let restart = 0; restart < 4; restart++) {
    const [oldest, ...others] = running
    const next = await startProcess()
    await balancer.add(next)
    await oldest?.close()
    running = [...others, next]
  }
  phase = 'done'
  await Promise.all(load)
  await transport.close()
  for (const each of running) await each.close()
  await balancer.close()
  expect(lost).toEqual([])
  expect(recorded.toSorted()).toEqual(sent.toSorted())
  expect(sent.length).toBeGreaterThan(100)
})
