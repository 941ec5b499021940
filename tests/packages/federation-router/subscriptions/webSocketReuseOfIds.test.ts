import { createRequestRecorder } from '../../../../packages/federation-router/request/requestRecord'
import {
  createWebSocketProtocol,
  type ProcessOperation,
} from '../../../../packages/federation-router/subscriptions/webSocketProtocol'
import { createLog } from '../../../../packages/platform/log'
import { waitUntil } from '../../../support/processes'

const recorder = createRequestRecorder({
  metrics: undefined,
  slowMs: 500,
  log: createLog('test', 'silent'),
})

/** Sends messages to a protocol whose client reads nothing until `resume` is called. */
function createPausedClient(processOperation: ProcessOperation) {
  const sent: string[] = []
  let resume = () => {}
  const resumed = new Promise<void>((resolve) => (resume = resolve))
  const protocol = createWebSocketProtocol(
    {
      identify: async () => {},
      startOperation: () => ({
        record: recorder.start('1', 'WEBSOCKET'),
        createContext: () => Promise.reject(new Error()),
        complete() {},
      }),
      async send(message) {
        sent.push(String(message))
        if (String(message).includes('"next"')) await resumed
      },
      close() {},
      refuse() {},
    },
    processOperation,
  )
  const handle = (message: object) => protocol.handleMessage(JSON.stringify(message))
  return { handle, sent, resume, close: () => protocol.handleClose() }
}

it('does not complete a new operation when an older one with the same ID was completed by the client', async () => {
  const pending = new Promise<never>(() => {})
  const response = { status: 200, headers: [], body: '{"data":{}}' }
  const client = createPausedClient(({ query }) =>
    query === '{ old }' ? Promise.resolve({ kind: 'response', response }) : pending,
  )
  await client.handle({ type: 'connection_init' })
  const old = client.handle({ id: '1', type: 'subscribe', payload: { query: '{ old }' } })
  await waitUntil('the response is being sent', () =>
    client.sent.some((message) => message.includes('"next"')),
  )
  await client.handle({ id: '1', type: 'complete' })
  void client.handle({ id: '1', type: 'subscribe', payload: { query: '{ new }' } })
  client.resume()
  await old
  expect(client.sent.filter((message) => message.includes('"complete"'))).toEqual([])
  expect(client.sent.filter((message) => message.includes('"next"'))).toHaveLength(1)
  client.close()
})
