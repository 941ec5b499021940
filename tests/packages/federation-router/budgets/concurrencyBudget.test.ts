import { BlockList } from 'node:net'

import { createClientKeyLookup } from '../../../../packages/federation-router/budgets/clientKey'
import {
  createConcurrencyBudget,
  type BudgetSlot,
  type ConcurrencyBudget,
} from '../../../../packages/federation-router/budgets/concurrencyBudget'
import { createLog } from '../../../../packages/platform/log'

function create(max: number, trusted?: BlockList) {
  const budget = createConcurrencyBudget({
    name: 'requests',
    max,
    getClientKey: createClientKeyLookup(trusted),
    log: createLog('test', 'silent'),
  })
  return {
    get size() {
      return budget.size
    },
    /** Without other workers, it never waits. */
    acquire(...client: Parameters<ConcurrencyBudget['acquire']>): BudgetSlot {
      const slot = budget.acquire(...client)
      if (slot instanceof Promise) throw new Error('The budget waits for other workers')
      return slot
    },
  }
}
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
  void slots[0]?.assignViewer(ann)
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
  void slot.assignViewer(ann)
  expect(budget.size).toBe(0)
})

it('does not count a trusted client', () => {
  const trusted = new BlockList()
  trusted.addSubnet('192.0.2.0', 24)
  const budget = create(1, trusted)
  for (let n = 0; n < 10; n++) budget.acquire('192.0.2.1', ann)
  expect(budget.size).toBe(0)
})
