import { composeServices } from '@apollo/composition'
import { QueryPlanner } from '@apollo/query-planner'
import { parse } from 'graphql'

import { configShape } from '../../../../router/config'
import { startRouter, startShop, type RunningShop } from '../../../support/federation-router/testRouter'

let shop: RunningShop
beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop.close())

describe.each(configShape.shape.ROUTER_EXECUTOR.unwrap().options)('ROUTER_EXECUTOR=%s', (executor) => {
  it('compares a bounded number of plans for one operation', async () => {
    const fields = Array.from({ length: 12 }, (_, index) => `f${index}`)
    const { supergraphSdl = '' } = composeServices(
      ['a', 'b', 'c'].map((name) => ({
        name,
        url: 'http://127.0.0.1:9/graphql',
        typeDefs: parse(`
          extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])
          type Query { ${fields.map((field) => `${field}: Thing @shareable`).join(' ')} }
          type Thing @key(fields: "id") { id: ID! n: Int @shareable own_${name}: Int }`),
      })),
    )
    const router = await startRouter({ ROUTER_EXECUTOR: executor }, new Map(), supergraphSdl)
    const counts: number[] = []
    const build = QueryPlanner.prototype.buildQueryPlan
    jest.spyOn(QueryPlanner.prototype, 'buildQueryPlan').mockImplementation(function (
      this: QueryPlanner,
      ...given
    ) {
      const plan = build.apply(this, given)
      counts.push(this.lastGeneratedPlanStatistics()?.evaluatedPlanCount ?? 0)
      return plan
    })
    await router.send(`{ ${fields.map((field) => `${field} { n own_a own_b }`).join(' ')} }`)
    jest.restoreAllMocks()
    await router.close()
    expect(counts).toEqual([expect.any(Number)])
    // With the planner's default it would be 9,216.
    expect(Math.max(...counts)).toBeLessThanOrEqual(1_000)
  })

  it('rejects new operations of a client that has spent its planning time', async () => {
    const budget = { MAX_CLIENT_PLANNING_MS: '100', TRUSTED_CLIENTS: '' }
    const router = await startRouter({ ROUTER_EXECUTOR: executor, ...budget }, shop.urls)
    const build = QueryPlanner.prototype.buildQueryPlan
    jest.spyOn(QueryPlanner.prototype, 'buildQueryPlan').mockImplementation(function (
      this: QueryPlanner,
      ...given
    ) {
      // The budget counts CPU time, of which a busy machine gives less than the time that passes.
      const start = process.cpuUsage()
      while (process.cpuUsage(start).user < 300_000);
      return build.apply(this, given)
    })
    const responses = []
    for (const name of ['A', 'B', 'A']) responses.push(await router.send(`query ${name} { review { text } }`))
    jest.restoreAllMocks()
    await router.close()
    expect(responses.map(({ errors }) => errors?.[0]?.extensions['code'])).toEqual([
      undefined,
      'RATE_LIMITED',
      undefined,
    ])
  })
})
