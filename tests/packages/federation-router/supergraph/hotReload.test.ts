import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { createTestWorkspace, waitUntil } from '../../../support/processes'
import { sendOperation, startRouter, startShop } from '../../../support/federation-router/testRouter'
import { shopSupergraph, startShopSubgraph } from '../../../support/federation-router/shopSubgraphs'

const { run, folder, later, cleanUp } = createTestWorkspace()
afterEach(cleanUp)

const first = shopSupergraph()
/** The same with one more field, or with one less. */
const grown = first.replace(/(\n\s*limited: String.*)/, '$1\n  fresh: String @join__field(graph: BOOKS)')
const shrunk = first.replace(/\n\s*limited: String.*/, '')
const fields = '{ __type(name: "Query") { fields { name } } }'

async function hasField(url: string, field: string): Promise<boolean> {
  const { data } = await sendOperation(`${url}/graphql`, fields)
  return data.__type.fields.some(({ name }: { name: string }) => name === field)
}

test('the two differ from the first', () => {
  expect(new Set([first, grown, shrunk]).size).toBe(3)
})

describe('a supergraph file that changes while the router runs', () => {
  it('is live within 2 s, and no request is lost; a broken one is not, and is logged', async () => {
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

    let phase: 'asking' | 'done' = 'asking'
    let answered = 0
    const asking = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (phase === 'asking') {
          const { status, data, errors } = await sendOperation(
            `${url}/graphql`,
            '{ books { nodes { title } } }',
          )
          expect({ status, errors }).toEqual({ status: 200, errors: undefined })
          expect(data.books.nodes).toHaveLength(2)
          answered++
        }
      }),
    )

    let changed = performance.now()
    writeFileSync(file, grown)
    await waitUntil('the new field is there', () => hasField(url, 'fresh'))
    expect(performance.now() - changed).toBeLessThan(2_000)

    writeFileSync(file, grown.slice(0, grown.length / 2))
    await program.waitForOutput(/changed but is not served/)
    expect(await hasField(url, 'fresh')).toBe(true)

    // As a deployment does it: another file takes its place.
    writeFileSync(`${file}.new`, first)
    changed = performance.now()
    renameSync(`${file}.new`, file)
    await waitUntil('the new field is gone', async () => !(await hasField(url, 'fresh')))
    expect(performance.now() - changed).toBeLessThan(2_000)

    phase = 'done'
    await asking
    expect(answered).toBeGreaterThan(10)
    expect(program.output()).not.toMatch(/"level":50.*(?<!stays"\})$/m)
  })
})

describe('a supergraph that is replaced', () => {
  it('lets what is under way end on the one before it', async () => {
    const shop = await startShop()
    later(() => shop.close())
    let answer = () => {}
    shop.subgraphs.books.misbehave((_request, response) => {
      answer = () => void response.end('{"data":{"limited":"here"}}')
    })
    const underWay = shop.router.send('{ limited }')
    await waitUntil('it arrives', () => shop.subgraphs.books.requests.length === 1)
    await shop.router.replaceSupergraph(shrunk)
    expect((await shop.router.send('{ limited }')).errors).toMatchObject([
      { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
    ])
    answer()
    expect(await underWay).toMatchObject({ status: 200, data: { limited: 'here' } })
  })

  it.each([
    ['is no supergraph', 'type Query { a: Int }'],
    ['is no GraphQL', 'secret {'],
    ['has no address', first.replaceAll('http://127.0.0.1:9/graphql', '')],
  ])('stays when the next one %s', async (_what, broken) => {
    const shop = await startShop()
    later(() => shop.close())
    // The shop's addresses are those of its variables: this one is of nobody.
    const next = broken.replaceAll('BOOKS', 'NOVELS').replaceAll('"books"', '"novels"')
    await expect(shop.router.replaceSupergraph(next)).rejects.toThrow(/supergraph file/)
    expect((await shop.router.send('{ books { nodes { title } } }')).data.books.nodes).toHaveLength(2)
  })

  it('finds a subgraph that has moved', async () => {
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
