import { buildSchema, getOperationAST, getVariableValues, parse, validate } from 'graphql'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'

import { demoPeople } from '../../cli/demo/community'
import { createDemoEmail } from '../../cli/demo/entities'
import { demoPassword } from '../../cli/demo/loadDemo'
import { readSupergraphFile } from '../../packages/federation-router/supergraph/supergraphFile'
import { projectRoot } from '../../packages/platform/config/projectRoot'
import type { ExplorerConfig } from '../../router/landingPage/explorerConfig'
import { composeSupergraph } from '../support/inMemoryFederation'
import {
  startRouter,
  startShop,
  type RunningShop,
  type TestRouter,
} from '../support/federation-router/testRouter'

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const app = 'https://app.example.org'
const api = readFileSync(join(projectRoot, 'schema', 'api.graphql'), 'utf8')
const ours = () => readSupergraphFile(join(projectRoot, 'schema', 'supergraph.graphql'))

describe('in development', () => {
  let router: TestRouter
  beforeAll(async () => {
    router = await startRouter({ NODE_ENV: 'development' }, new Map(), ours())
  })
  afterAll(() => router.close())

  it('allows any origin', async () => {
    const { headers } = await router.send('{ __typename }', { headers: { origin: app } })
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('access-control-expose-headers')).toContain('agora-position')
    expect(headers.get('access-control-allow-credentials')).toBeNull()
    const preflight = await fetch(`${router.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin: app,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'agora-position,authorization,content-type',
      },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-headers')).toBe(
      'agora-position,authorization,content-type',
    )
    expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, POST')
  })

  it('serves Sandbox with a valid example operation', async () => {
    const response = await fetch(router.url, { headers: browser })
    const html = await response.text()
    expect(response.headers.get('content-type')).toContain('text/html')
    expect(html).toMatch(/^<!DOCTYPE html>/)
    expect(html).toContain('embeddable-sandbox.umd.production.min.js')
    const config = /embeddedSandboxConfig = (.+);/.exec(html)?.[1] ?? ''
    const { initialState } = JSON.parse(config) as { initialState: { document: string } }
    expect(initialState.document).toContain('comments(first: 3)')
    expect(validate(buildSchema(api), parse(initialState.document))).toEqual([])
  })

  it.each(['PUT', 'DELETE', 'PATCH'])('rejects %s also from a browser', async (method) => {
    const headers = { ...browser, 'content-type': 'application/json' }
    const body = JSON.stringify({ query: '{ __typename }' })
    const response = await fetch(`${router.url}/graphql`, { method, headers, body })
    expect(response.status).toBe(405)
    expect(response.headers.get('content-type')).toContain('application/json')
  })

  it('points Sandbox to the endpoint', async () => {
    const html = await (await fetch(router.url, { headers: browser })).text()
    expect(html).toContain("initialEndpoint = new URL('/graphql', window.location.href).href")
  })

  it('points subscriptions of Sandbox to the WebSocket endpoint', async () => {
    const html = await (await fetch(router.url, { headers: browser })).text()
    const start = /new window\.EmbeddedSandbox\(([^]+?)\);/.exec(html)?.[1] ?? ''
    const options = runInNewContext(`(${start})`, {
      embeddedSandboxConfig: {},
      initialEndpoint: 'https://example.org/graphql',
    }) as unknown
    expect(options).toEqual({
      initialEndpoint: 'https://example.org/graphql',
      initialSubscriptionEndpoint: 'wss://example.org/graphql',
    })
  })

  it('explains subscriptions if the schema has some', async () => {
    const supergraph = composeSupergraph({
      things: { typeDefs: 'type Query { thing: ID } type Subscription { thing: ID }' },
    })
    const live = await startRouter({ NODE_ENV: 'development' }, new Map(), supergraph)
    const headers = { accept: 'text/html' }
    const pages = [live, router].flatMap(({ url }) => [fetch(url), fetch(url, { headers })])
    const texts = await Promise.all(pages.map(async (page) => (await page).text()))
    const hasAny = buildSchema(api).getSubscriptionType() != null
    expect(texts.map((text) => text.includes('text/event-stream'))).toEqual([true, true, hasAny, hasAny])
    await live.close()
  })

  it('explains queries without Sandbox', async () => {
    const response = await fetch(router.url, { headers: browser })
    const html = await response.text()
    expect(html).toContain('<details id="help">')
    expect(html).toContain('href="/schema.graphql"')
    expect(html).toContain('curl <span data-origin>')
    const nonce = /'nonce-([0-9a-f]+)'/.exec(response.headers.get('content-security-policy') ?? '')?.[1]
    const nonces = [...html.matchAll(/<(?:script|style)[^>]* nonce="?([0-9a-f]*)/g)].map(([, each]) => each)
    expect(nonces.length).toBeGreaterThan(2)
    expect(new Set(nonces)).toEqual(new Set([nonce]))
  })

  it('serves the same as text to a terminal, with a valid command', async () => {
    const text = await (await fetch(router.url)).text()
    expect(text).toContain('/schema.graphql')
    const body = /-d '(.+)'/.exec(text)?.[1] ?? ''
    const { query } = JSON.parse(body) as { query: string }
    expect(validate(buildSchema(api), parse(query))).toEqual([])
  })

  it('serves the schema at /schema.graphql, with all descriptions', async () => {
    const text = await (await fetch(`${router.url}/schema.graphql`)).text()
    expect(text).not.toContain('join__')
    for (const type of ['Post', 'CommentConnection', 'SignUpInput']) expect(text).toContain(` ${type} `)
    expect(buildSchema(text).getType('Post')?.description).toBe(buildSchema(api).getType('Post')?.description)
  })

  it.each([
    ['/', {}],
    ['/', browser],
    ['/sandbox', browser],
    ['/graphiql', browser],
    ['/explorer/explorer.js', {}],
    ['/schema.graphql', {}],
    ['/health/live', {}],
    ['/health/ready', {}],
    ['/graphql?query=%7B__typename%7D', { 'apollo-require-preflight': 'true' }],
  ])('responds to HEAD %s as to GET, without the body: %p', async (path, headers: Record<string, string>) => {
    const [get, head] = await Promise.all(
      ['GET', 'HEAD'].map((method) => fetch(`${router.url}${path}`, { method, headers })),
    )
    const readHead = (response: Response | undefined) =>
      ['content-type', 'content-length'].map((name) => response?.headers.get(name))
    expect(get?.status).toBe(200)
    expect(head?.status).toBe(200)
    expect(readHead(head)).toEqual(readHead(get))
    expect(await head?.text()).toBe('')
  })

  it.each(['/', '/sandbox', '/graphiql', '/explorer/explorer.js'])(
    'refuses other methods for %s',
    async (path) => {
      const { status } = await fetch(`${router.url}${path}`, { method: 'POST', body: '{}' })
      expect(status).toBe(404)
    },
  )

  it('opens GraphiQL from the front page alone when Sandbox cannot be reached', async () => {
    const [front, sandbox] = await Promise.all(
      ['/', '/sandbox'].map(async (path) =>
        (await fetch(`${router.url}${path}`, { headers: browser })).text(),
      ),
    )
    expect(front).toContain('const fallbackPath = "/graphiql"')
    expect(sandbox).toContain('const fallbackPath = null')
  })

  it('serves GraphiQL with valid operations, and allows no source but itself', async () => {
    const response = await fetch(`${router.url}/graphiql`, { headers: browser })
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'; script-src 'nonce-")
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval/)
    const html = await response.text()
    expect(html).not.toMatch(/https?:\/\/(?!www\.w3\.org)/)
    const text = /id="explorer-config">(.+)<\/script>/.exec(html)?.[1] ?? ''
    const config = JSON.parse(text) as ExplorerConfig
    const schema = buildSchema(api)
    const names = config.tabs.map(({ query, variables = '{}' }) => {
      const document = parse(query)
      expect(validate(schema, document)).toEqual([])
      const operation = getOperationAST(document)
      const definitions = operation?.variableDefinitions ?? []
      expect(
        getVariableValues(schema, definitions, JSON.parse(variables) as Record<string, unknown>).errors,
      ).toBeUndefined()
      return operation?.name?.value
    })
    expect(names).toEqual(['Feed', 'Events', 'SignIn', 'NewPosts', 'PublishPost'])
    const demo = new Map(demoPeople.map(({ handle, displayName }) => [handle, displayName]))
    for (const { handle, displayName, email, password } of config.demoAccounts) {
      expect(displayName.startsWith(demo.get(handle) ?? '-')).toBe(true)
      expect([email, password]).toEqual([createDemoEmail(handle), demoPassword])
    }
    expect(config.demoAccounts.map(({ handle }) => handle)).toContain('ada')
  })

  it('serves the files of GraphiQL again only when they have changed', async () => {
    const file = `${router.url}/explorer/graphql.worker.js`
    const { headers } = await fetch(file)
    expect(headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    const again = await fetch(file, { headers: { 'if-none-match': headers.get('etag') ?? '' } })
    expect(again.status).toBe(304)
    expect((await fetch(`${router.url}/explorer/key.txt`)).status).toBe(404)
  })

  it('proposes introspection for another supergraph', async () => {
    const shop = await startRouter({ NODE_ENV: 'development' })
    const html = await (await fetch(shop.url, { headers: browser })).text()
    expect(html).toContain('query Fields')
    await shop.close()
  })
})

describe('in production', () => {
  let shop: RunningShop
  beforeAll(async () => {
    shop = await startShop({ NODE_ENV: 'production', CORS_ORIGINS: `${app}, https://b.example.org` })
  })
  afterAll(() => shop.close())

  it('refuses introspection', async () => {
    const { errors } = await shop.router.send('{ __schema { types { name } } }')
    expect(errors?.[0]?.extensions['code']).toBe('GRAPHQL_VALIDATION_FAILED')
    expect((await fetch(`${shop.router.url}/schema.graphql`)).status).toBe(404)
  })

  it('serves no page', async () => {
    for (const path of ['/', '/sandbox', '/graphiql', '/explorer/explorer.js'])
      expect((await fetch(`${shop.router.url}${path}`, { headers: browser })).status).toBe(404)
    const endpoint = await fetch(`${shop.router.url}/graphql`, { headers: browser })
    expect(endpoint.headers.get('content-type')).not.toContain('html')
  })

  it.each([
    ['a field', '{ bookss { totalCount } }', {}],
    ['an argument', '{ books(frist: 1) { totalCount } }', {}],
    ['an enum value', '{ person(id: "1", mood: HAPY) { id } }', {}],
    ['a variable’s enum value', 'query ($m: Mood) { person(id: "1", mood: $m) { id } }', { m: 'HAPY' }],
  ])('suggests no names in errors: %s', async (_what, query, variables) => {
    const { errors, text } = await shop.router.send(query, { variables })
    expect(errors).toHaveLength(1)
    expect(text).not.toMatch(/did you mean/i)
  })

  it('allows only the configured origins', async () => {
    const allowed = async (origin: string) => {
      const { headers } = await shop.router.send('{ __typename }', { headers: { origin } })
      expect(headers.get('vary')).toContain('Origin')
      return headers.get('access-control-allow-origin')
    }
    expect(await allowed(app)).toBe(app)
    expect(await allowed('https://b.example.org')).toBe('https://b.example.org')
    expect(await allowed('https://evil.example')).toBeNull()
    expect(await allowed(`${app}.evil.example`)).toBeNull()
    expect(await allowed('null')).toBeNull()
  })

  it('shows no query plan', async () => {
    const { text } = await shop.router.send('{ me { id } }', {
      headers: { 'apollo-query-plan-experimental': 'true' },
    })
    expect(text).not.toMatch(/plan/i)
  })

  it('can enable introspection', async () => {
    const open = await startRouter({ NODE_ENV: 'production', INTROSPECTION: 'true' })
    const { data } = await open.send('{ __type(name: "Book") { name } }')
    expect(data).toEqual({ __type: { name: 'Book' } })
    expect((await fetch(`${open.url}/schema.graphql`)).status).toBe(200)
    expect((await fetch(open.url, { headers: browser })).status).toBe(404)
    const { headers } = await open.send('{ __typename }', { headers: { origin: app } })
    expect(headers.get('access-control-allow-origin')).toBeNull()
    await open.close()
  })
})
