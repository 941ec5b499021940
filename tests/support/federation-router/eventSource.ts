import { createEventStreamParser, type ServerSentEvent } from '../../../packages/sse/parser'
import { commentAdded, waitForCondition, type TestSubscriptionOptions, type RouterOwner } from './community'

/** A client of server-sent events that sees ids. */
interface EventSource {
  status: number
  /** The events except heartbeats. */
  blocks: ServerSentEvent[]
  phase: 'open' | 'ended'
  close(): void
}

export async function openEventSource(
  served: RouterOwner,
  options: TestSubscriptionOptions = {},
): Promise<EventSource> {
  const { query = commentAdded, variables = { postId: 'p1' }, headers } = options
  const controller = new AbortController()
  const response = await fetch(`${served.router.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
    body: JSON.stringify({ query, variables }),
    signal: controller.signal,
  })
  const source: EventSource = {
    status: response.status,
    blocks: [],
    phase: 'open',
    close: () => controller.abort(),
  }
  const parse = createEventStreamParser(1e6)
  const receive = async () => {
    for await (const bytes of response.body ?? [])
      source.blocks.push(...parse(bytes).filter(({ type, id }) => type !== '' || id !== undefined))
  }
  void receive()
    .catch(() => undefined)
    .finally(() => (source.phase = 'ended'))
  return source
}

/** Summarizes the events of a client by their ids and the texts of comments. */
export const summarizeBlocks = ({ blocks }: EventSource): string[] =>
  blocks.map(({ type, data, id }) => `${id ?? ''} ${/text \d+/.exec(data)?.[0] ?? type}`.trim())

/** Waits for a number of events. */
export const waitForBlocks = (count: number, source: EventSource): Promise<void> =>
  waitForCondition(`${count} events have arrived`, () => source.blocks.length >= count)
