import { once } from 'node:events'
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'

import baseline from './baseline.json' with { type: 'json' }
import { contenders, names } from './contenders.mjs'
import { compareDocuments } from './documents.mjs'
import { median } from './median.mjs'
import { operations } from './operations.mjs'
import {
  cores,
  cpuMilliseconds,
  freePort,
  memory,
  pinning,
  startScript,
  startServer,
  stop,
} from './processes.mjs'
import { createTestBed } from './testBed.mjs'
import { table } from './table.mjs'

const usage = `npm run bench:gateways -- [--rounds 3] [--seconds 6] [--only NAMES] [--operations abcde] [--documents] [--check]

Compares this router with other gateways on the same subgraphs. Each gateway has its own core while it is measured, and is
restarted for each round. The figures are medians of the rounds, except the peak, which is the maximum.
--only: some of ${names.join(', ')}, separated by commas
--documents: measure the cost of new operations, and the memory after 10,000 different documents
--check: exit with status 1 when this router needs more CPU time relative to the bare proxy than in baseline.json
With ROUTER_COMMAND in the environment, the router that this shell command starts is one of the gateways (command). Its
environment contains PORT and SUPERGRAPH_FILE.`

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '6' },
    warmup: { type: 'string', default: '5' },
    connections: { type: 'string', default: '50' },
    only: { type: 'string', default: names.join(',') },
    operations: { type: 'string', default: 'abcde' },
    documents: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const chosen = options.check ? ['agora', 'proxy'] : options.only.split(',')
for (const name of chosen) if (!names.includes(name)) throw new Error(`Unknown gateway ${name}.\n\n${usage}`)

/**
 * @typedef {Awaited<ReturnType<typeof createTestBed>>} TestBed
 * @typedef {object} Figures
 * @property {string} title
 * @property {number} perSecond
 * @property {number} p50
 * @property {number} p99
 * @property {number} cpu CPU time of a request in ms
 * @property {number} fetches requests to subgraphs for one request
 * @property {number} peak
 */

/** Requires the same responses from a gateway and from the URL that executes operations without a gateway. */
async function requireSameResponses(
  /** @type {string} */ url,
  /** @type {string} */ whole,
  /** @type {TestBed} */ testBed,
  /** @type {import('./operations.mjs').Operation} */ { query, variables },
) {
  const send = async (/** @type {string} */ target, /** @type {unknown} */ given) => {
    const body = JSON.stringify({ query, variables: given })
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${testBed.tokens[0]}` }
    return (await fetch(target, { method: 'POST', headers, body })).text()
  }
  for (const given of variables.slice(0, 20)) {
    const expected = await send(whole, given)
    const text = await send(url, given)
    // Including the order of keys, which is that of the operation.
    if (JSON.stringify(JSON.parse(text)) !== expected)
      throw new Error(`${url} responds with\n${text.slice(0, 2000)}\ninstead of\n${expected.slice(0, 2000)}`)
  }
}

/**
 * Starts a gateway and measures one operation.
 *
 * @returns {Promise<Figures>}
 */
async function measure(
  /** @type {TestBed} */ testBed,
  /** @type {import('node:child_process').ChildProcess} */ load,
  /** @type {import('./operations.mjs').Operation} */ operation,
  /** @type {string} */ name,
) {
  const port = await freePort()
  const { query, variables } = operation
  const request = JSON.stringify({ query, variables: variables[0] })
  const whole = `http://127.0.0.1:${testBed.port}/whole/${operation.graph}`
  const environment = { port, supergraph: testBed.supergraphs[operation.graph], whole, request }
  const contender = contenders(environment).find((each) => each.name === name)
  if (!contender) throw new Error(`Unknown gateway ${name}.`)
  const gateway = await startServer(contender.command, contender.env, port)
  try {
    const url = `http://127.0.0.1:${port}/graphql`
    if (!contender.isStatic) await requireSameResponses(url, whole, testBed, operation)
    const runLoad = async (/** @type {number} */ seconds) => {
      const connections = Number(options.connections)
      load.send({ url, query, variables, tokens: testBed.tokens, connections, seconds })
      const [seen] = await once(load, 'message')
      if (seen.failed > 0) throw new Error(`${name} failed ${seen.failed} of ${seen.responseCount} requests.`)
      return seen
    }
    const pid = gateway.pid ?? 0
    await runLoad(Number(options.warmup))
    const before = { cpu: cpuMilliseconds(pid), requests: await testBed.countRequests() }
    const seen = await runLoad(Number(options.seconds))
    const cpu = (cpuMilliseconds(pid) - before.cpu) / seen.responseCount
    const fetches = ((await testBed.countRequests()) - before.requests) / seen.responseCount
    return { title: contender.title, ...seen, cpu, fetches, peak: memory(pid).peak }
  } finally {
    await stop(gateway)
  }
}

async function compareOperations(/** @type {TestBed} */ testBed) {
  const { child: load } = await startScript('load.mjs', [], cores.rest)
  try {
    for (const operation of operations.filter(({ name }) => options.operations.includes(name))) {
      if (options.check && expectedRatio(operation.name) === undefined) continue
      const rounds = chosen.map(() => /** @type {Figures[]} */ ([]))
      for (let round = 0; round < Number(options.rounds); round++)
        for (const [index, name] of chosen.entries())
          rounds[index]?.push(await measure(testBed, load, operation, name))
      console.log(`\n(${operation.name}) ${operation.title}\n`)
      console.log(summary(rounds))
      if (options.check) checkRatio(operation.name, rounds)
    }
  } finally {
    await stop(load)
  }
}

/** Returns the committed CPU time of a request relative to the bare proxy. */
const expectedRatio = (/** @type {string} */ operation) =>
  /** @type {Record<string, number>} */ (baseline.cpuRelativeToProxy)[operation]

/**
 * Compares the CPU time of a request relative to the bare proxy with the committed ratio.
 *
 * @param {string} operation
 * @param {Figures[][]} rounds of this router and of the proxy
 */
function checkRatio(operation, [own = [], proxy = []]) {
  const ratio = median(own.map(({ cpu }, round) => cpu / (proxy[round]?.cpu ?? NaN)))
  const expected = expectedRatio(operation) ?? NaN
  const change = (ratio / expected - 1) * 100
  const hasPassed = change <= baseline.toleratedPercent
  console.log(
    `\n${hasPassed ? 'passed' : 'FAILED'}: ${ratio.toFixed(2)} times the CPU time of the bare proxy; committed is ${expected}, the difference ${change.toFixed(0)} %`,
  )
  if (!hasPassed) process.exitCode = 1
}

/** @param {Figures[][]} rounds by contender */
function summary(rounds) {
  const [first = []] = rounds
  const rows = rounds.map((own) => {
    const of = (/** @type {Exclude<keyof Figures, 'title'>} */ key) =>
      median(own.map((figures) => figures[key]))
    const ratio = median(own.map(({ perSecond }, round) => (first[round]?.perSecond ?? NaN) / perSecond))
    return [
      own[0]?.title ?? '',
      of('perSecond').toFixed(of('perSecond') < 100 ? 1 : 0),
      `${ratio.toFixed(2)} times`,
      of('p50').toFixed(1),
      of('p99').toFixed(1),
      of('cpu').toFixed(3),
      (1000 / of('cpu')).toFixed(0),
      of('fetches').toFixed(2),
      Math.max(...own.map(({ peak }) => peak)).toFixed(0),
    ]
  })
  const title = `${first[0]?.title} is`
  const header = [
    '',
    'requests/s',
    title,
    'p50 ms',
    'p99 ms',
    'CPU ms/request',
    'requests/CPU s',
    'fetches',
    'peak MB',
  ]
  return table([header, ...rows])
}

async function main() {
  if (options.help) return console.log(usage)
  const model = cpus()[0]?.model.trim()
  const size = Math.round(totalmem() / 2 ** 30)
  console.log(`${model}, ${cpus().length} cores, ${size} GiB, Node ${process.version}; ${pinning}`)
  const testBed = await createTestBed()
  try {
    await (options.documents ? compareDocuments(testBed, chosen) : compareOperations(testBed))
  } finally {
    await testBed.close()
  }
}

await main()
