import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import {
  startRouter,
  startShop,
  type RunningShop,
  type TestRouter,
} from '../../../support/federation-router/testRouter'
import { shopSupergraph } from '../../../support/federation-router/shopSubgraphs'
import { createTestWorkspace, waitUntil } from '../../../support/processes'

const { folder, cleanUp } = createTestWorkspace()
const directory = folder()
afterAll(cleanUp)

const hash = (text: string) => createHash('sha256').update(text).digest('hex')

const titles = 'query Titles($first: Int) { books(first: $first) { nodes { title } } }'
const several =
  'query One { me { id } } query Two { person(id: "1") { name } } mutation Add { addBook(title: "x") { id } }'
const aliases = `query Aliases { ${Array.from({ length: 20 }, (_, index) => `a${index}: me { id }`).join(' ')} }`
const untrusted = '{ books { nodes { id } } }'

function writeManifest(name: string, manifest: object | string): string {
  const file = join(directory, name)
  writeFileSync(file, typeof manifest === 'string' ? manifest : JSON.stringify(manifest))
  return file
}

interface Reply {
  data?: Record<string, unknown>
  errors?: { message: string; extensions: Record<string, unknown> }[]
}

async function post(router: TestRouter, body: object): Promise<Reply> {
  const response = await fetch(`${router.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return (await response.json()) as Reply
}

async function get(router: TestRouter, parameters: Record<string, string>) {
  const response = await fetch(`${router.url}/graphql?${new URLSearchParams(parameters)}`, {
    headers: { 'apollo-require-preflight': 'true' },
  })
  return { status: response.status, ...((await response.json()) as Reply) }
}

const readCodes = ({ errors = [] }: Reply) => errors.map(({ extensions }) => extensions['code'])
const twoTitles = { data: { books: { nodes: [{ title: 'The Dispossessed' }, { title: 'Solaris' }] } } }

let files: string
let shop: RunningShop
const routers: TestRouter[] = []

async function start(environment: Record<string, string>): Promise<TestRouter> {
  const router = await startRouter({ TRUSTED_DOCUMENTS_FILE: files, ...environment }, shop.urls)
  routers.push(router)
  return router
}

beforeAll(async () => {
  shop = await startShop()
  files = [
    writeManifest('ours.json', { [`sha256:${hash(titles)}`]: titles, several }),
    writeManifest('apollo.json', {
      format: 'apollo-persisted-query-manifest',
      version: 1,
      operations: [{ id: hash(aliases), name: 'Aliases', type: 'query', body: aliases }],
    }),
  ].join(', ')
})
afterAll(async () => {
  for (const router of routers) await router.close()
  await shop.close()
})

describe('TRUSTED_DOCUMENTS=require', () => {
  let router: TestRouter
  beforeAll(async () => {
    router = await start({ TRUSTED_DOCUMENTS: 'require', MAX_ALIASES: '5', MAX_TOKENS: '30', MAX_COST: '25' })
  })

  const persistedQuery = { version: 1, sha256Hash: hash(titles) }
  it.each<[string, object]>([
    ['documentId with the SHA-256', { documentId: `sha256:${hash(titles)}` }],
    [
      'documentId and an empty query, as graphql-ws requires it',
      { documentId: `sha256:${hash(titles)}`, query: '' },
    ],
    ["Apollo's extension", { extensions: { persistedQuery } }],
    ["Apollo's extension with the text", { query: titles, extensions: { persistedQuery } }],
    ['the text', { query: titles }],
  ])('executes a trusted document that is requested by %s', async (_name, parameters) => {
    expect(await post(router, { ...parameters, variables: { first: 2 } })).toEqual(twoTitles)
  })

  it('executes trusted documents over GET', async () => {
    const variables = '{"first":2}'
    const documentId = `sha256:${hash(titles)}`
    expect(await get(router, { documentId, variables })).toEqual({ status: 200, ...twoTitles })
    const extensions = JSON.stringify({ persistedQuery })
    expect(await get(router, { extensions, variables })).toEqual({ status: 200, ...twoTitles })
    expect((await get(router, { documentId: 'several', operationName: 'Add' })).status).toBe(405)
  })

  it('selects an operation of a document by its name', async () => {
    const request = { documentId: 'several', operationName: 'Two' }
    expect(await post(router, request)).toEqual({ data: { person: { name: 'Ursula' } } })
    expect(readCodes(await post(router, { documentId: 'several' }))).toEqual(['OPERATION_RESOLUTION_FAILURE'])
  })

  it.each<[string, object]>([
    ['an unknown documentId', { documentId: 'unknown' }],
    ['an unknown hash', { extensions: { persistedQuery: { version: 1, sha256Hash: hash(untrusted) } } }],
    ['any other text', { query: untrusted }],
    [
      'any other text with its hash',
      {
        query: untrusted,
        extensions: { persistedQuery: { version: 1, sha256Hash: hash(untrusted) } },
      },
    ],
    ['introspection', { query: '{ __schema { queryType { name } } }' }],
  ])('refuses %s', async (_name, parameters) => {
    expect(readCodes(await post(router, parameters))).toEqual(['DOCUMENT_NOT_TRUSTED'])
  })

  it('refuses a request with a text and a documentId, and one with neither', async () => {
    expect(readCodes(await post(router, { documentId: 'several', query: titles }))).toEqual(['BAD_REQUEST'])
    expect(readCodes(await post(router, { operationName: 'Titles' }))).toEqual(['BAD_REQUEST'])
    expect(readCodes(await post(router, { documentId: 7 }))).toEqual(['BAD_REQUEST'])
  })

  it('applies the limit of the cost to trusted documents, and no limit of the text', async () => {
    expect(await post(router, { documentId: hash(aliases) })).toMatchObject({ data: { a0: null, a19: null } })
    const expensive = await post(router, { documentId: `sha256:${hash(titles)}`, variables: { first: 100 } })
    expect(readCodes(expensive)).toEqual(['QUERY_TOO_COMPLEX'])
  })

  it('plans nothing when trusted documents are requested', async () => {
    expect(await router.readMetrics()).not.toContain('router_planning_duration_seconds_count')
    const lines = router.logged.filter(({ operationName }) => operationName === 'Titles')
    expect(lines.length).toBeGreaterThan(0)
    for (const line of lines) expect(line).not.toHaveProperty('planMs')
  })
})

describe('TRUSTED_DOCUMENTS=log', () => {
  it('executes all documents, and logs those that are not trusted, each once', async () => {
    const router = await start({ TRUSTED_DOCUMENTS: 'log' })
    expect(await post(router, { documentId: `sha256:${hash(titles)}`, variables: { first: 2 } })).toEqual(
      twoTitles,
    )
    for (let count = 0; count < 2; count++)
      expect(await post(router, { query: untrusted })).toHaveProperty('data.books')
    expect(router.logged.filter(({ msg }) => msg === 'A document is not trusted')).toEqual([
      expect.objectContaining({ operationType: 'query', operationHash: hash(untrusted).slice(0, 16) }),
    ])
  })

  it('asks clients for the text of an unknown document', async () => {
    const router = await start({ TRUSTED_DOCUMENTS: 'log' })
    expect(readCodes(await post(router, { documentId: 'unknown' }))).toEqual(['PERSISTED_QUERY_NOT_FOUND'])
    const extensions = { persistedQuery: { version: 1, sha256Hash: hash(untrusted) } }
    expect(readCodes(await post(router, { extensions }))).toEqual(['PERSISTED_QUERY_NOT_FOUND'])
    expect(await post(router, { query: untrusted, extensions })).toHaveProperty('data.books')
    expect(await post(router, { extensions })).toHaveProperty('data.books')
  })
})

it('knows no documentId when TRUSTED_DOCUMENTS is off', async () => {
  const reply = await post(shop.router, { documentId: `sha256:${hash(titles)}` })
  expect(readCodes(reply)).toEqual(['PERSISTED_QUERY_NOT_FOUND'])
})

describe('manifests', () => {
  const me = 'query Me { me { id } }'

  it('are reloaded when they change; a broken one keeps its documents, and is logged', async () => {
    const first = writeManifest('first.json', { titles })
    const second = writeManifest('second.json', { me })
    const router = await start({ TRUSTED_DOCUMENTS: 'require', TRUSTED_DOCUMENTS_FILE: `${first},${second}` })
    const isKnown = async (documentId: string) => (await post(router, { documentId })).data !== undefined
    writeManifest('first.json', '{"titles":')
    writeManifest('second.json', { myself: me })
    await waitUntil('the second file is reloaded', () => isKnown('myself'))
    expect([await isKnown('titles'), await isKnown('me')]).toEqual([true, false])
    expect(router.logged).toContainEqual(
      expect.objectContaining({ file: first, msg: expect.stringContaining('its previous documents stay') }),
    )
    writeManifest('first.json', { books: titles, myself: titles })
    await waitUntil('the contradiction is logged', () =>
      router.logged.some(({ reason }) =>
        String(reason).includes('"myself" belongs to two different documents'),
      ),
    )
    expect([await isKnown('titles'), await isKnown('myself')]).toEqual([true, true])
    writeManifest('first.json', { books: titles })
    await waitUntil('the first file is reloaded', () => isKnown('books'))
    expect(await isKnown('titles')).toBe(false)
  })

  it('are planned again for another supergraph; a document that it does not support is logged', async () => {
    const limited = 'query Limited { limited }'
    const file = writeManifest('limited.json', { limited, me })
    const router = await start({ TRUSTED_DOCUMENTS: 'require', TRUSTED_DOCUMENTS_FILE: file })
    await router.replaceSupergraph(shopSupergraph().replace(/\n\s*limited: String.*/, ''))
    expect(router.logged).toContainEqual(
      expect.objectContaining({ document: limited, msg: 'A trusted document cannot be used' }),
    )
    expect(readCodes(await post(router, { documentId: 'limited' }))).toEqual(['GRAPHQL_VALIDATION_FAILED'])
    expect(await post(router, { documentId: 'me' })).toEqual({ data: { me: null } })
    expect(router.logged.find(({ operationName }) => operationName === 'Me')).not.toHaveProperty('planMs')
  })

  it.each([
    [
      'a missing file',
      () => join(directory, 'missing.json'),
      /missing\.json \(TRUSTED_DOCUMENTS_FILE\) cannot be used: .*ENOENT/,
    ],
    [
      'a broken file',
      () => writeManifest('broken.json', '[]'),
      /broken\.json .+ cannot be used: it is no JSON object/,
    ],
    ['an empty list', () => ',', /TRUSTED_DOCUMENTS_FILE/],
  ])('prevent the start: %s', async (_name, createFile, message) => {
    await expect(start({ TRUSTED_DOCUMENTS: 'log', TRUSTED_DOCUMENTS_FILE: createFile() })).rejects.toThrow(
      message,
    )
  })

  it('are required unless TRUSTED_DOCUMENTS is off', async () => {
    await expect(startRouter({ TRUSTED_DOCUMENTS: 'log' }, shop.urls)).rejects.toThrow(
      /TRUSTED_DOCUMENTS_FILE/,
    )
  })
})
