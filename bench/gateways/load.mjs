/**
 * The load: one operation from a number of connections, each of which asks again as soon as it is answered. Runs in a
 * process of its own, measures once for each message, and answers with what it saw.
 */
import { askOverAndOver, toRequest } from './rawHttp.mjs'

/**
 * @typedef {object} Task
 * @property {string} url
 * @property {string} query
 * @property {Record<string, unknown>[]} variables
 * @property {string[]} tokens of the viewers who ask
 * @property {number} connections
 * @property {number} seconds
 */

process.on('message', async (/** @type {Task} */ task) => {
  const { url, query, variables, tokens, connections, seconds } = task
  const target = new URL(url)
  const requests = variables.map((each, index) =>
    toRequest(target, JSON.stringify({ query, variables: each }), {
      authorization: `Bearer ${tokens[index % tokens.length]}`,
    }),
  )
  /** @type {number[]} */
  const latencies = []
  let failed = 0
  let turn = 0
  const start = performance.now()
  const end = start + seconds * 1000
  await Promise.all(
    Array.from({ length: connections }, () => {
      let sent = 0
      return askOverAndOver(
        target,
        () => {
          sent = performance.now()
          return sent < end ? requests[turn++ % requests.length] : undefined
        },
        (status) => {
          latencies.push(performance.now() - sent)
          if (status !== 200) failed += 1
        },
      )
    }),
  )
  const took = (performance.now() - start) / 1000
  latencies.sort((one, other) => one - other)
  const at = (/** @type {number} */ share) => latencies[Math.floor(latencies.length * share)] ?? NaN
  process.send?.({
    answers: latencies.length,
    failed,
    perSecond: latencies.length / took,
    p50: at(0.5),
    p99: at(0.99),
  })
})

process.send?.({})
process.once('disconnect', () => process.exit())
