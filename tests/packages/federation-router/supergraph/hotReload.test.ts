import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { createTestWorkspace, waitUntil } from '../../../support/processes'
import { sendOperation, startRouter, startShop } from '../../../support/federation-router/testRouter'
import { shopSupergraph, startShopSubgraph } from '../../../support/federation-router/shopSubgraphs'
import { expectDurationBelow } from '../../../support/duration'

const { run, folder, later, cleanUp } = createTestWorkspace()
afterEach(cleanUp)

const first = shopSupergraph()
/** The first supergraph with one more field, and with one less. */
const grown = first.replace(/(\n\s*limited: String.*)/, '$1\n  fresh: String @join__field(graph: BOOKS)')
const shrunk = first.replace(/\n\s*limited: String.*/, '')
const fields = '{ __type(name: "Query") { fields { name } } }'

async function hasField(url: string, field: string): Promise<boolean> {
  const { data } = await sendOperation(`${url}/graphql`, fields)
  return data.__type.fields.some(({ name }: { name: string }) => name === field)
}

test('the supergraphs differ', () => {
  expect(new Set([first, grown, shrunk]).size).toBe(3)
})

describe('a supergraph file that changes while the router runs', () => {
  it('is served within 2 s without failed requests; an invalid one is logged and not served', async () => {
    const books = await startShopSubgraph('books')
    later(() => books.close())
    const file = join(folder(), 'supergraph.graphql')
    writeFileSync(file, first)
    const program = run(process.execPath, ['dist/router/index.js'], {
      PORT: '0',
      SUPERGRAPH_FILE: file,
      BOOKS_URL: books.url,
    })
    const [, url = ''] = await program.waitForOutput(/"url":"([^"]+)","msg":"Listening"/)

    let phase: 'sending' | 'done' = 'sending'
    let responses = 0
    const clients = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (phase === 'sending') {
          const { status, data, errors } = await sendOperation(
            `${url}/graphql`,
            '{ books { nodes { title } } }',
          )
          expect({ status, errors }).toEqual({ status: 200, errors: undefined })
          expect(data.books.nodes).toHaveLength(2)
          responses++
        }
      }),
    )

    let changed = performance.now()
    writeFileSync(file, grown)
    await waitUntil('the new field exists', () => hasField(url, 'fresh'))
    expectDurationBelow(2_000, changed)

    writeFileSync(file, grown.slice(0, grown.length / 2))
    await program.waitForOutput(/changed but is not served/)
    expect(await hasField(url, 'fresh')).toBe(true)

    // As in a deployment, another file replaces it.
    writeFileSync(`${file}.new`, first)
    changed = performance.now()
    renameSync(`${file}.new`, file)
    await waitUntil('the new field no longer exists', async () => !(await hasField(url, 'fresh')))
    expectDurationBelow(2_000, changed)

    phase = 'done'
    await clients
    expect(responses).toBeGreaterThan(10)
    expect(program.output()).not.toMatch(/"level":50.*(?<!stays"\})$/m)
  })
})

describe('a supergraph that is replaced', () => {
  it('completes requests in progress on the previous one', async () => {
    const shop = await startShop()
    later(() => shop.close())
    let respond = () => {}
    shop.subgraphs.books.misbehave((_request, response) => {
      respond = () => void response.end('{"data":{"limited":"here"}}')
    })
    const pending = shop.router.send('{ limited }')
    await waitUntil('the subgraph has the request', () => shop.subgraphs.books.requests.length === 1)
    await shop.router.replaceSupergraph(shrunk)
    expect((await shop.router.send('{ limited }')).errors).toMatchObject([
      { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
    ])
    respond()
    expect(await pending).toMatchObject({ status: 200, data: { limited: 'here' } })
  })

  it.each([
    ['is not a supergraph', 'type Query { a: Int }'],
    ['is not GraphQL', 'secret {'],
    ['has no URL', first.replaceAll('http://127.0.0.1:9/graphql', '')],
  ])('stays when the next supergraph %s', async (_what, broken) => {
    const shop = await startShop()
    later(() => shop.close())
    // A subgraph without a variable for its URL.
    const next = broken.replaceAll('BOOKS', 'NOVELS').replaceAll('"books"', '"novels"')
    await expect(shop.router.replaceSupergraph(next)).rejects.toThrow(/supergraph file/)
    expect((await shop.router.send('{ books { nodes { title } } }')).data.books.nodes).toHaveLength(2)
  })

  it('uses the new URL of a subgraph', async () => {
    const [here, there] = [await startShopSubgraph('books'), await startShopSubgraph('books')]
    later(() => Promise.all([here.close(), there.close()]).then(() => {}))
    const at = (url: string) => first.replaceAll('http://127.0.0.1:9/graphql', url)
    const router = await startRouter({}, new Map(), at(here.url))
    later(() => router.close())
    await router.send('{ books { nodes { title } } }')
    await router.replaceSupergraph(at(there.url))
    await router.send('{ books { nodes { title } } }')
    expect([here.requests.length, there.requests.length]).toEqual([1, 1])
  })
})
