import { createTickBatcher } from '../../../../packages/platform/async/tickBatcher'

it('runs the work of a tick after its input is read, in the order of calls', async () => {
  const join = createTickBatcher()
  const done: string[] = []
  void join().then(() => done.push('first'))
  void Promise.resolve().then(() => done.push('microtask'))
  process.nextTick(() => done.push('tick'))
  void join().then(() => done.push('second'))
  await join()
  expect(done).toEqual(['microtask', 'tick', 'first', 'second'])
})

it('defers work that is added during a batch to the next one', async () => {
  const join = createTickBatcher()
  const done: string[] = []
  const first = join().then(() => {
    done.push('first')
    return join().then(() => done.push('next'))
  })
  await join().then(() => done.push('second'))
  expect(done).toEqual(['first', 'second'])
  await first
  expect(done).toEqual(['first', 'second', 'next'])
})

it('is independent of other batchers', async () => {
  const [join, joinOther] = [createTickBatcher(), createTickBatcher()]
  const done: string[] = []
  void joinOther().then(() => done.push('other'))
  void join().then(() => done.push('first'))
  void joinOther().then(() => done.push("other's second"))
  await join()
  expect(done).toEqual(['other', "other's second", 'first'])
})
