import { BlockList } from 'node:net'

import { createClientKeyLookup } from '../../../../packages/federation-router/budgets/clientKey'
import { createConcurrencyBudget } from '../../../../packages/federation-router/budgets/concurrencyBudget'
import { createLog } from '../../../../packages/platform/log'

const create = (max: number, trusted?: BlockList) =>
  createConcurrencyBudget({
    name: 'requests',
    max,
    getClientKey: createClientKeyLookup(trusted),
    log: createLog('test', 'silent'),
  })
const ann = {
  viewer: { kind: 'signedIn', id: 'ann', role: 'MEMBER', sessionId: 's' },
  address: '192.0.2.1',
  expiresAtMs: Infinity,
  signViewerToken: () => '',
  watch: () => () => undefined,
} as const

it('keeps no entry for clients and viewers with nothing open', () => {
  const budget = create(100)
  const slots = Array.from({ length: 1000 }, (_, n) => budget.acquire(`192.0.${n >> 8}.${n % 256}`))
  slots[0]?.assignViewer(ann)
  expect(budget.size).toBe(1001)
  for (const slot of slots) slot.release()
  expect(budget.size).toBe(0)
})

it('keeps no entry for a slot that was refused to its viewer', () => {
  const budget = create(4)
  const slot = budget.acquire('192.0.2.1', ann)
  expect(() => budget.acquire('192.0.2.2', ann)).toThrow('too many requests')
  slot.release()
  expect(budget.size).toBe(0)
})

it('counts a slot that is released twice once', () => {
  const budget = create(2)
  const [first] = [budget.acquire('192.0.2.1'), budget.acquire('192.0.2.1')]
  first.release()
  first.release()
  budget.acquire('192.0.2.1')
  expect(() => budget.acquire('192.0.2.1')).toThrow('too many requests')
})

it('does not count a viewer for a slot that is released already', () => {
  const budget = create(4)
  const slot = budget.acquire('192.0.2.1')
  slot.release()
  slot.assignViewer(ann)
  expect(budget.size).toBe(0)
})

it('does not count a trusted client', () => {
  const trusted = new BlockList()
  trusted.addSubnet('192.0.2.0', 24)
  const budget = create(1, trusted)
  for (let n = 0; n < 10; n++) budget.acquire('192.0.2.1', ann)
  expect(budget.size).toBe(0)
})
