import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import type { DomainEvent } from '../../../packages/event-log/eventLog'
import { viewerHeader } from '../../../packages/auth/viewerToken'
import { waitUntil } from '../../support/processes'
import type { TestComments } from './support'

/** Makes an event as its owner publishes it. */
export function makeEvent(
  type: string,
  entity: string,
  sequence: number,
  data: DomainEvent['data'] = {},
): DomainEvent {
  return { id: randomUUID(), type, entity, sequence, at: '2026-04-04T04:04:04.404Z', data }
}

/** Publishes the creation of a post, and waits until it is projected. */
export async function publishPostCreated(
  comments: TestComments,
  postId: string,
  facts: { status: 'DRAFT' | 'PUBLISHED'; authorId: string | null },
  sequence = 1,
): Promise<void> {
  await comments.eventLog.publish('posts', [makeEvent('post.created', postId, sequence, facts)])
  const projection = comments.connection.collection<{ _id: string }>('known_posts')
  await waitUntil(
    'the post is projected',
    async () => (await projection.countDocuments({ _id: postId })) === 1,
  )
}

/** Publishes the deletion of a post or user, and waits until it is projected. */
export async function publishDeletion(
  comments: TestComments,
  kind: 'post' | 'user',
  id: string,
  sequence = 9,
): Promise<void> {
  const [topic, name] = kind === 'post' ? ['posts', 'known_posts'] : ['users', 'gone_users']
  await comments.eventLog.publish(topic, [makeEvent(`${kind}.deleted`, id, sequence)])
  const projection = comments.connection.collection<{ _id: string }>(name)
  const deleted = { _id: id, facts: null }
  await waitUntil('the deletion is projected', async () => (await projection.countDocuments(deleted)) === 1)
}

/** A proxy of another subgraph that can hold back responses. */
export interface ResponseGate {
  url: string
  /** Holds back responses: `waiting` resolves when there is one, `release` lets it and later ones through. */
  hold(): { waiting: Promise<void>; release(): void }
  close(): Promise<void>
}

export async function startResponseGate(url: string): Promise<ResponseGate> {
  let held: { arrived: () => void; released: Promise<void> } | undefined
  const server: Server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(Buffer.from(chunk))
      const token = request.headers[viewerHeader]
      const upstream = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', [viewerHeader]: String(token) },
        body: Buffer.concat(chunks),
      })
      const text = await upstream.text()
      held?.arrived()
      await held?.released
      response.writeHead(upstream.status, { 'content-type': 'application/json' }).end(text)
    })()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    hold() {
      const { promise: waiting, resolve: arrived } = createDeferred()
      const { promise: released, resolve: release } = createDeferred()
      held = { arrived, released }
      return {
        waiting,
        release() {
          held = undefined
          release()
        },
      }
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function createDeferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((fulfil) => {
    resolve = fulfil
  })
  return { promise, resolve }
}
