import { createTestWorkspace, waitUntil } from '../../../support/processes'
import { startRouter, type RouterResponse } from '../../../support/federation-router/testRouter'
import { startShopSubgraph } from '../../../support/federation-router/shopSubgraphs'

const { run, later, cleanUp } = createTestWorkspace()
afterEach(cleanUp)

/** Starts the subgraph `book-reviews` as a process that can be stopped. */
const program = `
  const server = require('node:http').createServer((request, response) => {
    request.resume().on('end', () => response.end('{"data":{"review":{"text":"Alone"}}}'))
  })
  server.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port))
`

test('one page waits for a stopped subgraph, later ones do not, and it is used again when it continues', async () => {
  const subgraph = run(process.execPath, ['-e', program])
  const [, port = ''] = await subgraph.waitForOutput(/port (\d+)/)
  const books = await startShopSubgraph('books')
  later(() => books.close())
  const urls = new Map([
    ['BOOK_REVIEWS_URL', `http://127.0.0.1:${port}/graphql`],
    ['BOOKS_URL', books.url],
  ])
  const router = await startRouter({ BOOK_REVIEWS_QUERY_TIMEOUT_MS: '1500' }, urls)
  later(() => router.close())
  const page = () => router.send('{ review { text } books { totalCount nodes { title } } }')
  const listCodes = ({ errors = [] }: RouterResponse) => errors.map(({ extensions }) => extensions['code'])
  expect((await page()).data.review).toEqual({ text: 'Alone' })

  subgraph.child.kill('SIGSTOP')
  expect(listCodes(await page())).toEqual(['SUBGRAPH_TIMEOUT'])
  // The last probe may end shortly after the page.
  await waitUntil('the circuit is open', async () =>
    (await router.readMetrics()).includes('\nrouter_circuit_breaker_open{subgraph="book-reviews"} 1\n'),
  )
  for (let count = 0; count < 10; count++) {
    const response = await page()
    expect(listCodes(response)).toEqual(['SUBGRAPH_UNAVAILABLE'])
    expect(response.data).toMatchObject({ review: null, books: { nodes: [{}, {}] } })
  }

  subgraph.child.kill('SIGCONT')
  await waitUntil('the subgraph receives requests again', async () => listCodes(await page()).length === 0)
})
