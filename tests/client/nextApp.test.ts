import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { cookieSession, createClient, memorySession, type StoredSession } from '../../client/src'
import { projectRoot } from '../../packages/platform/config/projectRoot'
import { freePorts, waitUntil } from '../support/processes'
import { startSupergraph, type TestSupergraph } from '../support/supergraph'

// Installs Next.js from the registry, and builds an application with it.
const testFully = process.env.FULL ? it : it.skip
jest.setTimeout(900_000)

const run = promisify(execFile)
let agora: TestSupergraph
let folder: string
let next: ChildProcess
let url: string

beforeAll(async () => {
  if (!process.env.FULL) return
  agora = await startSupergraph()
  folder = mkdtempSync(join(tmpdir(), 'agora-next-'))
  cpSync(join(projectRoot, 'tests', 'client', 'consumer', 'next'), folder, { recursive: true })
  await run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder })
  const installed = join(folder, 'node_modules', '@agora', 'client')
  mkdirSync(installed, { recursive: true })
  cpSync(join(projectRoot, 'client', 'package.json'), join(installed, 'package.json'))
  await run(process.execPath, [join(projectRoot, 'client', 'build.mjs'), installed])
  for (const name of ['graphql-ws', '@0no-co/graphql.web'])
    cpSync(join(projectRoot, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true })
  const port = await freePorts(1)
  const program = join(folder, 'node_modules', 'next', 'dist', 'bin', 'next')
  const env = { ...process.env, NODE_ENV: undefined, AGORA_URL: agora.url, NEXT_TELEMETRY_DISABLED: '1' }
  await run(process.execPath, [program, 'build'], { cwd: folder, env })
  url = `http://127.0.0.1:${port}`
  next = spawn(process.execPath, [program, 'start', '--port', String(port)], {
    cwd: folder,
    env,
    stdio: 'ignore',
  })
  const responds = () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    )
  await waitUntil('the application responds', responds, 120_000)
})
afterAll(async () => {
  if (!process.env.FULL) return
  next.kill()
  await agora.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Signs up, and returns the session with the remaining time of its access token as its cookie states it. */
async function startSession(handle: string, remainingMs: number): Promise<StoredSession> {
  const client = createClient({ url: agora.url, session: memorySession() })
  const email = `${handle}@example.org`
  await client.signUp({ handle, displayName: handle, email, password: 'correct horse battery' })
  const session = await client.getSession()
  if (!session) throw new Error('The sign-up has failed.')
  return { ...session, accessTokenExpiresAt: new Date(Date.now() + remainingMs).toISOString() }
}

/** Visits a page like a browser with these cookies. @returns the text, and the session of the cookies afterwards */
async function visit(path: string, session: StoredSession) {
  const values = new Map<string, string>()
  const store = cookieSession({
    get: (name) => values.get(name),
    set: (name, value) => values.set(name, value),
  })
  await store.set(session)
  const cookie = [...values].map(([name, value]) => `${name}=${value}`).join('; ')
  const response = await fetch(`${url}${path}`, { headers: { cookie } })
  const setCookies = response.headers.getSetCookie()
  for (const each of setCookies) {
    const [name = '', value = ''] = (each.split(';')[0] ?? '').split('=')
    values.set(name, decodeURIComponent(value))
  }
  const text = (await response.text()).replaceAll('<!-- -->', '')
  return { text, setCookies, session: await store.get() }
}

testFully('renders pages without spending the refresh token, and renews the session before', async () => {
  const session = await startSession('nora', 25_000)

  const rendered = await visit('/plain', session)
  expect(rendered.text).toContain('signed in: nora')
  expect(rendered.setCookies).toEqual([])

  const renewed = await visit('/', session)
  expect(renewed.text).toContain('signed in: nora')
  expect(renewed.session?.accessToken).not.toBe(session.accessToken)
  if (!renewed.session) throw new Error('The session has ended.')

  const next = await visit('/', renewed.session)
  expect(next.text).toContain('signed in: nora')
  expect(next.setCookies).toEqual([])
})

testFully('renders pages for a session that has expired, and for one that has ended', async () => {
  const session = await startSession('ines', -1_000)
  expect((await visit('/plain', session)).text).toContain('signed in: no one')
  expect((await visit('/', session)).text).toContain('signed in: ines')

  const ended = await startSession('olga', -1_000)
  await createClient({ url: agora.url, session: memorySession(ended) }).signOut()
  const visited = await visit('/', ended)
  expect(visited.text).toContain('signed in: no one')
  expect(visited.session).toBeNull()
})
