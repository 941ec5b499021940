import { createEventStreamParser, type ServerSentEvent } from '../../../packages/sse/parser'
import { commentAdded, waitForCondition, type TestSubscriptionOptions, type RouterOwner } from './community'

/** What a client of server-sent events sees, ids included. */
export interface EventSource {
  status: number
  /** Those that say something: no heartbeats. */
  blocks: ServerSentEvent[]
  phase: 'open' | 'ended'
  close(): void
}

export async function openEventSource(
  served: RouterOwner,
  asked: TestSubscriptionOptions = {},
): Promise<EventSource> {
  const { query = commentAdded, variables = { postId: 'p1' }, headers } = asked
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
  const read = createEventStreamParser(1e6)
  const follow = async () => {
    for await (const bytes of response.body ?? [])
      source.blocks.push(...read(bytes).filter(({ type, id }) => type !== '' || id !== undefined))
  }
  void follow()
    .catch(() => undefined)
    .finally(() => (source.phase = 'ended'))
  return source
}

/** How far a client has come by what it was sent: its ids, and the texts of its comments. */
export const summarizeBlocks = ({ blocks }: EventSource): string[] =>
  blocks.map(({ type, data, id }) => `${id ?? ''} ${/text \d+/.exec(data)?.[0] ?? type}`.trim())

/** Waits until the client has been sent so many blocks. */
export const waitForBlocks = (count: number, source: EventSource): Promise<void> =>
  waitForCondition(`there are ${count} blocks`, () => source.blocks.length >= count)
