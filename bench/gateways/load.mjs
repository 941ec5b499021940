/**
 * The load generator, a separate process: repeats one operation on a number of connections. Each message starts a
 * measurement, whose result is sent back.
 */
import { repeatRequests, toRequest } from './rawHttp.mjs'

/**
 * @typedef {object} Task
 * @property {string} url
 * @property {string} query
 * @property {Record<string, unknown>[]} variables
 * @property {string[]} tokens of the viewers
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
  let nextRequest = 0
  const start = performance.now()
  const end = start + seconds * 1000
  await Promise.all(
    Array.from({ length: connections }, () => {
      let sent = 0
      return repeatRequests(
        target,
        () => {
          sent = performance.now()
          return sent < end ? requests[nextRequest++ % requests.length] : undefined
        },
        (status) => {
          latencies.push(performance.now() - sent)
          if (status !== 200) failed += 1
        },
      )
    }),
  )
  const elapsedSeconds = (performance.now() - start) / 1000
  latencies.sort((one, other) => one - other)
  const percentile = (/** @type {number} */ share) => latencies[Math.floor(latencies.length * share)] ?? NaN
  process.send?.({
    responseCount: latencies.length,
    failed,
    perSecond: latencies.length / elapsedSeconds,
    p50: percentile(0.5),
    p99: percentile(0.99),
  })
})

process.send?.({})
process.once('disconnect', () => process.exit())
