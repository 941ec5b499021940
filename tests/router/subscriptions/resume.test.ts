import { openEventSource, sent, storyOf } from './eventSource'
import { made, publish, communityOfEachTest, until } from './support'

const community = communityOfEachTest()

/** The ids after which upstreams were opened. */
const resumed = () => community.comments.opened.map((headers) => headers['last-event-id'])
const after = (id: string) => ({ headers: { 'last-event-id': id } })

it("hands on the subgraph's ids, with events and alone", async () => {
  const source = await openEventSource(community)
  await sent(1, source)
  await publish(community, 1)
  await publish(community, 2)
  await sent(3, source)
  expect(storyOf(source)).toEqual(['0', '1 text 1', '2 text 2'])
})

it('says the newest id to whoever joins, at once', async () => {
  const first = await openEventSource(community)
  await publish(community, 1)
  await sent(2, first)
  const second = await openEventSource(community)
  await sent(1, second)
  await publish(community, 2)
  await sent(2, second)
  expect(storyOf(second)).toEqual(['1', '2 text 2'])
  expect(resumed()).toEqual([undefined])
})

it('goes on after the event that a client had last, and leaves the others alone', async () => {
  const own = await openEventSource(community)
  const other = await openEventSource(community)
  await publish(community, 1)
  await Promise.all([sent(2, own), sent(2, other)])
  own.close()
  await publish(community, 2)
  await publish(community, 3)
  await sent(4, other)
  const back = await openEventSource(community, after('1'))
  await sent(2, back)
  await publish(community, 4)
  await Promise.all([sent(3, back), sent(5, other)])
  expect(storyOf(back)).toEqual(['2 text 2', '3 text 3', '4 text 4'])
  expect(storyOf(other)).toEqual(['0', '1 text 1', '2 text 2', '3 text 3', '4 text 4'])
  expect(resumed()).toEqual([undefined, '1'])
  for (const each of [back, other]) each.close()
  await until('the upstreams are closed', () => community.comments.streams() === 0)
})

it('lets those share who come back after the same, as long as nothing has come since', async () => {
  community.feed.publish(made(1))
  const first = await openEventSource(community, after('1'))
  const second = await openEventSource(community, after('1'))
  await until('they are followed', () => community.comments.streams() === 1)
  await publish(community, 2)
  await Promise.all([sent(1, first), sent(2, second)])
  const third = await openEventSource(community, after('1'))
  await sent(1, third)
  for (const each of [first, third]) expect(storyOf(each)).toEqual(['2 text 2'])
  expect(storyOf(second)).toEqual(['1', '2 text 2'])
  expect(resumed()).toEqual(['1', '1'])
})

it('is one upstream again for all once they have come equally far', async () => {
  const live = await openEventSource(community)
  await publish(community, 1)
  await publish(community, 2)
  await sent(3, live)
  const back = [
    await openEventSource(community, after('0')),
    await openEventSource(community, after('1')),
    await openEventSource(community, after('2')),
  ]
  await publish(community, 3)
  await Promise.all([sent(4, live), ...back.map((each, n) => sent(3 - n, each))])
  await until('one upstream is left', () => community.comments.streams() === 1)
  // Whoever begins now joins it.
  const next = await openEventSource(community)
  await sent(1, next)
  live.close()
  await publish(community, 4)
  await Promise.all([sent(2, next), ...back.map((each, n) => sent(4 - n, each))])
  const all = ['1 text 1', '2 text 2', '3 text 3', '4 text 4']
  expect(back.map(storyOf)).toEqual([all, all.slice(1), all.slice(2)])
  expect(storyOf(next)).toEqual(['3', '4 text 4'])
  expect(resumed()).toEqual([undefined, '0', '1', '2'])
  for (const each of [...back, next]) each.close()
  await until('the upstream is closed', () => community.comments.streams() === 0)
})

it('goes on across a restart of the subgraph, from where the upstream is by then', async () => {
  community.feed.publish(made(1))
  const source = await openEventSource(community, after('0'))
  await sent(1, source)
  await community.comments.kill()
  community.feed.publish(made(2))
  await community.comments.restart()
  await sent(2, source)
  expect(storyOf(source)).toEqual(['1 text 1', '2 text 2'])
  expect(resumed()).toEqual(['0', '1'])
})

it('hands on what a subgraph says that does not know the event any more', async () => {
  community.feed.forget()
  const source = await openEventSource(community, after('7'))
  await until('it has ended', () => source.phase === 'ended')
  const answers = source.blocks.filter(({ type }) => type === 'next').map(({ data }) => JSON.parse(data))
  expect(answers).toMatchObject([{ errors: [{ extensions: { code: 'RESYNC' } }] }])
  expect(source.blocks.at(-1)?.type).toBe('complete')
})

it('takes an id of any script, as bytes of UTF-8', async () => {
  const bytes = Buffer.from('día 7').toString('latin1')
  await openEventSource(community, after(bytes))
  await until('the subgraph is asked', () => resumed().length === 1)
  expect(resumed()).toEqual([bytes])
})

describe.each([
  ['too long', 'x'.repeat(1_001)],
  ['with a control character', 'a\tb'],
])('an id that is %s', (_, id) => {
  const error = { extensions: { code: 'BAD_USER_INPUT' }, message: expect.stringContaining('last-event-id') }

  it('is refused in the stream, or as JSON where that is accepted', async () => {
    const source = await openEventSource(community, after(id))
    await until('it has ended', () => source.phase === 'ended')
    expect(source.blocks.map(({ type }) => type)).toEqual(['next', 'complete'])
    expect(JSON.parse(source.blocks[0]?.data ?? '')).toMatchObject({ errors: [error] })
    const headers = { accept: 'text/event-stream, application/json', 'last-event-id': id }
    const { status, errors } = await community.router.send('{ posts { id } }', { headers })
    expect({ status, errors }).toMatchObject({ status: 400, errors: [error] })
    expect(resumed()).toEqual([])
  })
})
