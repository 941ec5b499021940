import {
  createClientBudgets,
  type ClientBudgets,
} from '../../../../packages/federation-router/budgets/clientBudgets'
import { createCapturedLog } from '../../../support/capturedLog'

const levels = { info: 30, warn: 40 }
const createBudgets = (limits: { maxRequests?: number; maxPlanningMs?: number }) => {
  const { log, lines } = createCapturedLog()
  const defaults = { maxRequests: 8, maxSubscriptions: 8, maxWebSockets: 8, maxPlanningMs: 2000 }
  const budgets = createClientBudgets({ ...defaults, ...limits }, log)
  const read = () =>
    lines.map(({ level, msg, budget, network, viewerId }) => [level, msg, budget, network ?? viewerId])
  return { budgets, read }
}
const ann = { viewer: { kind: 'signedIn', id: 'ann', role: 'MEMBER', sessionId: 's' } } as const

/** Acquires a slot for a request that was refused. */
const refuse = ({ requests }: ClientBudgets, ...client: Parameters<ClientBudgets['requests']['acquire']>) =>
  expect(() => requests.acquire(...client)).toThrow('too many requests')

const line = (level: keyof typeof levels, budget: string, party: string) => [
  levels[level],
  'A client exceeds its budget',
  budget,
  party,
]

it('warns of a client that exceeds its budget once in a while, and logs its other refusals as info', () => {
  const { budgets, read } = createBudgets({ maxRequests: 1 })
  void budgets.requests.acquire('192.0.2.1')
  void budgets.requests.acquire('198.51.100.1')
  for (let n = 0; n < 3; n++) refuse(budgets, '192.0.2.1')
  refuse(budgets, '198.51.100.1')
  expect(read()).toEqual([
    line('warn', 'requests', '192.0.2.0/24'),
    line('info', 'requests', '192.0.2.0/24'),
    line('info', 'requests', '192.0.2.0/24'),
    line('warn', 'requests', '198.51.100.0/24'),
  ])
})

it('names the viewer whose budget is exceeded', () => {
  const { budgets, read } = createBudgets({ maxRequests: 4, maxPlanningMs: 400 })
  void budgets.requests.acquire('192.0.2.1', ann)
  refuse(budgets, '192.0.2.2', ann)
  const client = { slot: { address: '192.0.2.3' }, viewer: ann }
  budgets.planning.charge(client, 200)
  expect(() => budgets.planning.runCharged(client, () => undefined)).toThrow('too many new operations')
  expect(read()).toEqual([line('warn', 'requests', 'ann'), line('warn', 'planning', 'ann')])
})
