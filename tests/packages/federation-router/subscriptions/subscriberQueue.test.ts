import {
  createPositionMessage,
  SubscriptionMessage,
} from '../../../../packages/federation-router/subscriptions/messages'
import { SubscriberQueue } from '../../../../packages/federation-router/subscriptions/subscriberQueue'

/** Ends a queue, and returns its unread messages. */
async function drain(queue: SubscriberQueue): Promise<string[]> {
  queue.end()
  const all: string[] = []
  for await (const { kind, text, id } of queue) all.push(`${kind} ${id ?? text}`)
  return all
}

it('keeps only the newest position, which never counts as a slow reader', async () => {
  const queue = new SubscriberQueue(5, () => undefined)
  queue.push(new SubscriptionMessage('longer than that', 'event', '1'))
  for (const id of ['2', '3', '4']) queue.push(createPositionMessage(id))
  expect(await drain(queue)).toEqual(['event 1', 'position 4'])
})

it('encodes a message once for each protocol', () => {
  const event = new SubscriptionMessage('{"data":null}')
  const frame = jest.fn(({ text }: SubscriptionMessage) => `data: ${text}`)
  expect(event.toFrame(frame)).toBe(event.toFrame(frame))
  expect(event.toFrame(frame).toString()).toBe('data: {"data":null}')
  expect(frame).toHaveBeenCalledTimes(1)
  expect(event.bytes).toBe(event.bytes)
})
