import { once } from 'node:events'
import { WebSocket } from 'ws'

import {
  startCommunity,
  waitForCondition,
  type Community,
} from '../../../support/federation-router/community'

let community: Community
beforeAll(async () => {
  community = await startCommunity()
})
afterAll(() => community.close())

/**
 * Opens a socket, sends messages, and returns the messages of the router until `isComplete`, with the code of the close
 * frame.
 */
async function send(messages: readonly string[], isComplete: (received: readonly string[]) => boolean) {
  const socket = new WebSocket(`${community.router.url}/graphql`, 'graphql-transport-ws')
  const received: string[] = []
  socket.on('message', (data) => received.push(String(data)))
  socket.on('close', (code, reason) => received.push(`${code} ${String(reason)}`))
  await once(socket, 'open')
  socket.send('{"type":"connection_init"}')
  await waitForCondition('the connection is acknowledged', () => received.length === 1)
  for (const message of messages) socket.send(message)
  await waitForCondition('the router has responded', () => isComplete(received))
  socket.terminate()
  return received
}

const isClosed = (received: readonly string[]) => /^\d{4} /.test(received.at(-1) ?? '')
const errors = () => community.router.logged.filter(({ level }) => level === 50)

it('returns the payload of a ping, with the digits of long integers', async () => {
  const ping = '{"type":"ping","payload":{"n":12345678901234567890}}'
  const received = await send([ping, '{"type":"ping"}'], ({ length }) => length === 3)
  expect(received.slice(-2)).toEqual([ping.replace('ping', 'pong'), '{"type":"pong"}'])
})

it.each([
  '{"type":"connection_ack"}',
  '{"type":"next","id":"1","payload":{"data":null}}',
  '{"type":12345678901234567890}',
  '{"type":"subscribe","id":12345678901234567890,"payload":{"query":"{a}"}}',
])('closes the socket for %s, which no client may send', async (message) => {
  const received = await send([message], isClosed)
  expect(received.at(-1)).toBe('4400 Invalid message received')
  expect(errors()).toEqual([])
})

it('closes the socket for an ID that is in use, of any length', async () => {
  const id = '€'.repeat(500)
  const query = 'subscription { commentAdded(postId: 1) { comment { text } } }'
  const subscribe = JSON.stringify({ type: 'subscribe', id, payload: { query } })
  const received = await send([subscribe, subscribe], isClosed)
  expect(received.at(-1)).toMatch(/^4409 Subscriber for €+/)
  expect(errors()).toEqual([])
})
