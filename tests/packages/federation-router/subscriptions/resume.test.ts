import {
  openEventSource,
  waitForBlocks,
  summarizeBlocks,
} from '../../../support/federation-router/eventSource'
import {
  createCommentPayload,
  publishComment,
  useCommunityPerTest,
  waitForCondition,
} from '../../../support/federation-router/community'

const community = useCommunityPerTest()

/** Returns the positions after which upstreams were opened. */
const resumed = () => community.comments.opened.map((headers) => headers['last-event-id'])
const after = (id: string) => ({ headers: { 'last-event-id': id } })

it('passes on the ids of the subgraph, with and without events', async () => {
  const source = await openEventSource(community)
  await waitForBlocks(1, source)
  await publishComment(community, 1)
  await publishComment(community, 2)
  await waitForBlocks(3, source)
  expect(summarizeBlocks(source)).toEqual(['0', '1 text 1', '2 text 2'])
})

it('sends the newest id to a subscriber that joins', async () => {
  const first = await openEventSource(community)
  await publishComment(community, 1)
  await waitForBlocks(2, first)
  const second = await openEventSource(community)
  await waitForBlocks(1, second)
  await publishComment(community, 2)
  await waitForBlocks(2, second)
  expect(summarizeBlocks(second)).toEqual(['1', '2 text 2'])
  expect(resumed()).toEqual([undefined])
})

it('resumes after the last event of a client without affecting other subscribers', async () => {
  const own = await openEventSource(community)
  const other = await openEventSource(community)
  await publishComment(community, 1)
  await Promise.all([waitForBlocks(2, own), waitForBlocks(2, other)])
  own.close()
  await publishComment(community, 2)
  await publishComment(community, 3)
  await waitForBlocks(4, other)
  const back = await openEventSource(community, after('1'))
  await waitForBlocks(2, back)
  await publishComment(community, 4)
  await Promise.all([waitForBlocks(3, back), waitForBlocks(5, other)])
  expect(summarizeBlocks(back)).toEqual(['2 text 2', '3 text 3', '4 text 4'])
  expect(summarizeBlocks(other)).toEqual(['0', '1 text 1', '2 text 2', '3 text 3', '4 text 4'])
  expect(resumed()).toEqual([undefined, '1'])
  for (const each of [back, other]) each.close()
  await waitForCondition('the upstreams are closed', () => community.comments.streams() === 0)
})

it('shares an upstream among clients that resume after the same event, until the next event', async () => {
  community.history.publish(createCommentPayload(1))
  const first = await openEventSource(community, after('1'))
  const second = await openEventSource(community, after('1'))
  await waitForCondition('the upstream is open', () => community.comments.streams() === 1)
  await publishComment(community, 2)
  await Promise.all([waitForBlocks(1, first), waitForBlocks(2, second)])
  const third = await openEventSource(community, after('1'))
  await waitForBlocks(1, third)
  for (const each of [first, third]) expect(summarizeBlocks(each)).toEqual(['2 text 2'])
  expect(summarizeBlocks(second)).toEqual(['1', '2 text 2'])
  expect(resumed()).toEqual(['1', '1'])
})

it('merges upstreams at the same position', async () => {
  const live = await openEventSource(community)
  await publishComment(community, 1)
  await publishComment(community, 2)
  await waitForBlocks(3, live)
  const back = [
    await openEventSource(community, after('0')),
    await openEventSource(community, after('1')),
    await openEventSource(community, after('2')),
  ]
  await publishComment(community, 3)
  await Promise.all([waitForBlocks(4, live), ...back.map((each, n) => waitForBlocks(3 - n, each))])
  await waitForCondition('one upstream remains', () => community.comments.streams() === 1)
  // New subscribers join it.
  const next = await openEventSource(community)
  await waitForBlocks(1, next)
  live.close()
  await publishComment(community, 4)
  await Promise.all([waitForBlocks(2, next), ...back.map((each, n) => waitForBlocks(4 - n, each))])
  const all = ['1 text 1', '2 text 2', '3 text 3', '4 text 4']
  expect(back.map(summarizeBlocks)).toEqual([all, all.slice(1), all.slice(2)])
  expect(summarizeBlocks(next)).toEqual(['3', '4 text 4'])
  expect(resumed()).toEqual([undefined, '0', '1', '2'])
  for (const each of [...back, next]) each.close()
  await waitForCondition('the upstream is closed', () => community.comments.streams() === 0)
})

it('resumes after a restart of the subgraph, at the current position of the upstream', async () => {
  community.history.publish(createCommentPayload(1))
  const source = await openEventSource(community, after('0'))
  await waitForBlocks(1, source)
  await community.comments.kill()
  community.history.publish(createCommentPayload(2))
  await community.comments.restart()
  await waitForBlocks(2, source)
  expect(summarizeBlocks(source)).toEqual(['1 text 1', '2 text 2'])
  expect(resumed()).toEqual(['0', '1'])
})

it('passes on RESYNC of a subgraph that no longer has the event', async () => {
  community.history.forget()
  const source = await openEventSource(community, after('7'))
  await waitForCondition('the stream has ended', () => source.phase === 'ended')
  const responses = source.blocks.filter(({ type }) => type === 'next').map(({ data }) => JSON.parse(data))
  expect(responses).toMatchObject([{ errors: [{ extensions: { code: 'RESYNC' } }] }])
  expect(source.blocks.at(-1)?.type).toBe('complete')
})

it('accepts ids in UTF-8', async () => {
  const bytes = Buffer.from('día 7').toString('latin1')
  await openEventSource(community, after(bytes))
  await waitForCondition('the upstream is opened', () => resumed().length === 1)
  expect(resumed()).toEqual([bytes])
})

describe.each([
  ['too long', 'x'.repeat(1_001)],
  ['with a control character', 'a\tb'],
])('an id that is %s', (_, id) => {
  const error = { extensions: { code: 'BAD_USER_INPUT' }, message: expect.stringContaining('last-event-id') }

  it('is refused in the stream, or in JSON if that is accepted', async () => {
    const source = await openEventSource(community, after(id))
    await waitForCondition('the stream has ended', () => source.phase === 'ended')
    expect(source.blocks.map(({ type }) => type)).toEqual(['next', 'complete'])
    expect(JSON.parse(source.blocks[0]?.data ?? '')).toMatchObject({ errors: [error] })
    const headers = { accept: 'text/event-stream, application/json', 'last-event-id': id }
    const { status, errors } = await community.router.send('{ posts { id } }', { headers })
    expect({ status, errors }).toMatchObject({ status: 400, errors: [error] })
    expect(resumed()).toEqual([])
  })
})
