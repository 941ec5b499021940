import { startRouter, startShop, type TestRouter } from '../../../support/federation-router/testRouter'
import { currentKey } from '../../../support/federation-router/testTokens'
import { environmentFor, startTokenIssuer } from '../../../support/federation-router/tokenIssuer'
import { waitUntil } from '../../../support/processes'

async function readReadiness({ url }: TestRouter) {
  const response = await fetch(`${url}/health/ready`)
  return { status: response.status, body: (await response.json()) as unknown }
}

it('reports a subgraph that has not responded yet as degraded', async () => {
  const { router, close } = await startShop()
  await router.send('{ books { nodes { id } } }')
  expect(await readReadiness(router)).toMatchObject({
    status: 200,
    body: { dependencies: { people: 'degraded', books: 'ok', 'book-reviews': 'degraded' } },
  })
  await close()
})

it('becomes ready when it has received keys and revocations, and stays ready without them', async () => {
  const issuer = await startTokenIssuer([])
  const router = await startRouter(environmentFor(issuer))
  expect(await readReadiness(router)).toMatchObject({
    status: 503,
    body: { status: 'not ready', dependencies: { keys: 'down' } },
  })
  issuer.keys = [currentKey.jwk]
  await waitUntil('it is ready', async () => (await readReadiness(router)).status === 200)
  expect(await readReadiness(router)).toMatchObject({
    body: { status: 'ready', dependencies: { keys: 'ok', revocations: 'ok' } },
  })
  issuer.mode = 'none'
  await issuer.close()
  await waitUntil('it does not receive revocations', async () => {
    const { status, body } = await readReadiness(router)
    expect(status).toBe(200)
    return JSON.stringify(body).includes('"revocations":"down"')
  })
  await router.close()
})

it('becomes ready without keys and revocations when the issuer does not respond', async () => {
  const issuer = await startTokenIssuer([currentKey.jwk])
  await issuer.close()
  const router = await startRouter(environmentFor(issuer))
  expect((await readReadiness(router)).status).toBe(503)
  await waitUntil('it is ready', async () => (await readReadiness(router)).status === 200)
  expect(await readReadiness(router)).toMatchObject({
    body: { status: 'ready', dependencies: { keys: 'down', revocations: 'down' } },
  })
  await router.close()
})
