// `npm run bench:gateways` builds it.
import { createRandom } from '../../dist/bench/random.js'
import { contenders } from './contenders.mjs'
import { median } from './median.mjs'
import { cpuMilliseconds, freePort, memory, startServer, stop } from './processes.mjs'
import { table } from './table.mjs'

const warmupDocuments = 200
const measuredDocuments = 300
const memoryDocuments = 10_000

/** Creates a document over three subgraphs whose fields differ from those of every other. */
function createDocument(/** @type {number} */ index) {
  const random = createRandom(index + 1)
  const some = (/** @type {string[]} */ fields) => fields.filter(() => random() < 0.5).join(' ')
  const author = () => `author { handle ${some(['displayName', 'bio', 'location', 'role'])} }`
  return `query Document${index} {
    posts(first: ${2 + Math.floor(random() * 4)}, after: "few-${index % 50}") {
      nodes {
        id ${some(['title', 'excerpt', 'tags', 'publishedAt', 'commentCount'])}
        ${author()}
        comments(first: ${1 + Math.floor(random() * 3)}) { nodes { ${some(['id', 'createdAt'])} key${index}: body ${author()} } }
      }
    }
    ${random() < 0.3 ? `user(id: "usr_00000000000000000000000000007531") { ${some(['id', 'bio'])} handle }` : ''}
  }`
}

/**
 * Measures how much longer the first execution of a document takes than the second, and the memory after many documents.
 *
 * @param {{ port: number, supergraphs: { community: string }, tokens: string[] }} testBed
 * @param {string[]} chosen
 */
export async function compareDocuments(testBed, chosen) {
  const rows = []
  for (const name of chosen.filter((each) => each !== 'proxy' && each !== 'static')) {
    const port = await freePort()
    const whole = `http://127.0.0.1:${testBed.port}/whole/community`
    const place = { port, supergraph: testBed.supergraphs.community, whole, request: '' }
    const contender = contenders(place).find((each) => each.name === name)
    if (!contender) continue
    const gateway = await startServer(contender.command, contender.env, port)
    try {
      rows.push([
        contender.title,
        ...(await tryOut(`http://127.0.0.1:${port}/graphql`, testBed, gateway.pid ?? 0)),
      ])
    } finally {
      await stop(gateway)
    }
  }
  const memories = ['after 1', '2,500', '5,000', '7,500', '10,000 documents', 'peak MB']
  console.log(
    `\nadditional time of the first execution (parse, validate, plan, compile), and memory after ${memoryDocuments} different documents\n`,
  )
  console.log(table([['', 'median ms', 'CPU ms', ...memories], ...rows]))
}

async function tryOut(
  /** @type {string} */ url,
  /** @type {{ tokens: string[] }} */ testBed,
  /** @type {number} */ pid,
) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${testBed.tokens[0]}` }
  const measure = async (/** @type {number} */ index) => {
    const start = performance.now()
    const body = JSON.stringify({ query: createDocument(index) })
    const text = await (await fetch(url, { method: 'POST', headers, body })).text()
    if (!text.startsWith('{"data":{')) throw new Error(`${createDocument(index)}\n${text.slice(0, 1000)}`)
    return performance.now() - start
  }
  for (let index = 0; index < warmupDocuments; index++) {
    await measure(index)
    await measure(index)
  }
  const used = () => cpuMilliseconds(pid)
  const differences = []
  const cpu = { first: 0, again: 0 }
  for (let from = warmupDocuments; from < warmupDocuments + measuredDocuments; from += 50) {
    const indexes = Array.from({ length: 50 }, (_, at) => from + at)
    const start = used()
    const first = []
    for (const index of indexes) first.push(await measure(index))
    const between = used()
    for (const [at, index] of indexes.entries()) differences.push((first[at] ?? NaN) - (await measure(index)))
    cpu.first += between - start
    cpu.again += used() - between
  }
  const megabytes = [memory(pid).now]
  for (let index = 1; index <= memoryDocuments; index++) {
    await measure(warmupDocuments + measuredDocuments + index)
    if (index % (memoryDocuments / 4) === 0) megabytes.push(memory(pid).now)
  }
  const figures = [median(differences), (cpu.first - cpu.again) / measuredDocuments].map((each) =>
    each.toFixed(2),
  )
  return [...figures, ...[...megabytes, memory(pid).peak].map((each) => each.toFixed(0))]
}
