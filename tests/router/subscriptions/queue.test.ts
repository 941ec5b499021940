import { position, StreamEvent } from '../../../router/subscriptions/events'
import { EventQueue } from '../../../router/subscriptions/queue'

/** All that waits in a queue, which takes nothing more. */
async function drain(queue: EventQueue): Promise<string[]> {
  queue.end()
  const all: string[] = []
  for await (const { kind, text, id } of queue) all.push(`${kind} ${id ?? text}`)
  return all
}

it('keeps the newest of ids that come without events, and never for their sake lets anybody go', async () => {
  const queue = new EventQueue(5, () => undefined)
  queue.push(new StreamEvent('longer than that', 'event', '1'))
  for (const id of ['2', '3', '4']) queue.push(position(id))
  expect(await drain(queue)).toEqual(['event 1', 'position 4'])
})

it('writes an event once for each way that it goes', () => {
  const event = new StreamEvent('{"data":null}')
  const frame = jest.fn(({ text }: StreamEvent) => `data: ${text}`)
  expect(event.framed(frame)).toBe(event.framed(frame))
  expect(event.framed(frame).toString()).toBe('data: {"data":null}')
  expect(frame).toHaveBeenCalledTimes(1)
  expect(event.bytes).toBe(event.bytes)
})
