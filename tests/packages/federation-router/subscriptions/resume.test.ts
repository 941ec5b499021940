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

/** The ids after which upstreams were opened. */
const resumed = () => community.comments.opened.map((headers) => headers['last-event-id'])
const after = (id: string) => ({ headers: { 'last-event-id': id } })

it("hands on the subgraph's ids, with events and alone", async () => {
  const source = await openEventSource(community)
  await waitForBlocks(1, source)
  await publishComment(community, 1)
  await publishComment(community, 2)
  await waitForBlocks(3, source)
  expect(summarizeBlocks(source)).toEqual(['0', '1 text 1', '2 text 2'])
})

it('says the newest id to whoever joins, at once', async () => {
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

it('goes on after the event that a client had last, and leaves the others alone', async () => {
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

it('lets those share who come back after the same, as long as nothing has come since', async () => {
  community.feed.publish(createCommentPayload(1))
  const first = await openEventSource(community, after('1'))
  const second = await openEventSource(community, after('1'))
  await waitForCondition('they are followed', () => community.comments.streams() === 1)
  await publishComment(community, 2)
  await Promise.all([waitForBlocks(1, first), waitForBlocks(2, second)])
  const third = await openEventSource(community, after('1'))
  await waitForBlocks(1, third)
  for (const each of [first, third]) expect(summarizeBlocks(each)).toEqual(['2 text 2'])
  expect(summarizeBlocks(second)).toEqual(['1', '2 text 2'])
  expect(resumed()).toEqual(['1', '1'])
})

it('is one upstream again for all once they have come equally far', async () => {
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
  await waitForCondition('one upstream is left', () => community.comments.streams() === 1)
  // Whoever begins now joins it.
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

it('goes on across a restart of the subgraph, from where the upstream is by then', async () => {
  community.feed.publish(createCommentPayload(1))
  const source = await openEventSource(community, after('0'))
  await waitForBlocks(1, source)
  await community.comments.kill()
  community.feed.publish(createCommentPayload(2))
  await community.comments.restart()
  await waitForBlocks(2, source)
  expect(summarizeBlocks(source)).toEqual(['1 text 1', '2 text 2'])
  expect(resumed()).toEqual(['0', '1'])
})

it('hands on what a subgraph says that does not know the event any more', async () => {
  community.feed.forget()
  const source = await openEventSource(community, after('7'))
  await waitForCondition('it has ended', () => source.phase === 'ended')
  const answers = source.blocks.filter(({ type }) => type === 'next').map(({ data }) => JSON.parse(data))
  expect(answers).toMatchObject([{ errors: [{ extensions: { code: 'RESYNC' } }] }])
  expect(source.blocks.at(-1)?.type).toBe('complete')
})

it('takes an id of any script, as bytes of UTF-8', async () => {
  const bytes = Buffer.from('día 7').toString('latin1')
  await openEventSource(community, after(bytes))
  await waitForCondition('the subgraph is asked', () => resumed().length === 1)
  expect(resumed()).toEqual([bytes])
})

describe.each([
  ['too long', 'x'.repeat(1_001)],
  ['with a control character', 'a\tb'],
])('an id that is %s', (_, id) => {
  const error = { extensions: { code: 'BAD_USER_INPUT' }, message: expect.stringContaining('last-event-id') }

  it('is refused in the stream, or as JSON where that is accepted', async () => {
    const source = await openEventSource(community, after(id))
    await waitForCondition('it has ended', () => source.phase === 'ended')
    expect(source.blocks.map(({ type }) => type)).toEqual(['next', 'complete'])
    expect(JSON.parse(source.blocks[0]?.data ?? '')).toMatchObject({ errors: [error] })
    const headers = { accept: 'text/event-stream, application/json', 'last-event-id': id }
    const { status, errors } = await community.router.send('{ posts { id } }', { headers })
    expect({ status, errors }).toMatchObject({ status: 400, errors: [error] })
    expect(resumed()).toEqual([])
  })
})
