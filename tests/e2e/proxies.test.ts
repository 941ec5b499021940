import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { request as requestHttp, type RequestOptions } from 'node:http'
import { request as requestHttps } from 'node:https'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { WebSocket } from 'ws'

import { projectRoot } from '../../packages/platform/config/projectRoot'
import { configShape } from '../../router/config'
import {
  collectEvents,
  commentAdded,
  expectedComment,
  publishComment,
  subscribeOverSse,
  subscribeOverWebSocket,
  useCommunityPerTest,
  waitForEvents,
} from '../support/federation-router/community'
import { createTestWorkspace, freePorts, waitUntil } from '../support/processes'

interface ProxyOptions {
  /** For the configuration and the certificate. */
  folder: string
  port: number
  tlsPort: number
  /** The address of the router, without its protocol. */
  router: string
}

/** Writes the configuration of a proxy, and returns the arguments of its program. */
const proxies: Readonly<Record<string, (options: ProxyOptions) => string[]>> = {
  nginx({ folder, port, tlsPort, router }) {
    const server = customize('nginx.conf', {
      'server router:4000': `server ${router}`,
      'listen 443 ssl http2': `listen 127.0.0.1:${port}; listen 127.0.0.1:${tlsPort} ssl http2`,
      '/etc/ssl/api.example.org.crt': join(folder, 'certificate.pem'),
      '/etc/ssl/api.example.org.key': join(folder, 'key.pem'),
    })
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    )
    const file = join(folder, 'nginx.conf')
    // The folder belongs to the user of the test.
    const user = process.getuid?.() === 0 ? 'user root;' : ''
    const http = ['access_log off;', ...temporary, server].join('\n')
    writeFileSync(file, `${user} daemon off; pid ${folder}/nginx.pid; events {} http { ${http} }`)
    return ['-c', file, '-e', 'stderr']
  },
  caddy({ folder, port, tlsPort, router }) {
    const site = customize('Caddyfile', {
      'api.example.org {': '(site) {',
      'reverse_proxy router:4000': `reverse_proxy ${router}`,
    })
    const file = join(folder, 'Caddyfile')
    const certificate = `${folder}/certificate.pem ${folder}/key.pem`
    const sections = [
      `{\n\tadmin off\n\tauto_https off\n\tstorage file_system ${folder}\n}`,
      site,
      `http://127.0.0.1:${port} {\n\timport site\n}`,
      `https://127.0.0.1:${tlsPort} {\n\ttls ${certificate}\n\timport site\n}`,
    ]
    writeFileSync(file, sections.join('\n'))
    return ['run', '--config', file, '--adapter', 'caddyfile']
  },
}

/** Reads a configuration of deploy/proxies, and replaces texts that it contains exactly once. */
function customize(file: string, replacements: Readonly<Record<string, string>>): string {
  const text = readFileSync(join(projectRoot, 'deploy', 'proxies', file), 'utf8')
  return Object.entries(replacements).reduce((result, [from, to]) => {
    const parts = result.split(from)
    if (parts.length !== 2) throw new Error(`${file} contains "${from}" ${parts.length - 1} times`)
    return parts.join(to)
  }, text)
}

/** Creates a key, and a certificate for 127.0.0.1 that it signs itself. */
function createCertificate(folder: string): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'certificate.pem')]
  execFileSync('openssl', ['req', '-x509', '-days', '1', ...key, ...subject, ...files], { stdio: 'ignore' })
}

interface Response {
  status: number | undefined
  headers: NodeJS.Dict<string | string[]>
  body: Buffer
}

const json = { 'content-type': 'application/json' }

/** Sends a request, over TLS when there is a certificate authority in the options. */
function send(options: RequestOptions & { ca?: Buffer }, body = ''): Promise<Response> {
  const send = options.ca ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const request = send({ host: '127.0.0.1', path: '/graphql', method: 'POST', ...options }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
      )
    })
    request.on('error', reject).end(body)
  })
}

/** Returns the path of a program; undefined when it is not installed. Debian's nginx is not in the PATH of every user. */
const findProgram = (name: string) =>
  [name, `/usr/sbin/${name}`].find((path) => !spawnSync(path, ['-v']).error)

describe.each(Object.keys(proxies))('%s in front of the router', (proxy) => {
  const program = findProgram(proxy)
  const it = program === undefined ? globalThis.it.skip : globalThis.it
  const workspace = createTestWorkspace()
  afterEach(() => workspace.cleanUp())
  const community = useCommunityPerTest(() => ({
    TRUST_PROXY: '1',
    TRUSTED_CLIENTS: '',
    MAX_CLIENT_WEBSOCKETS: '1',
  }))

  async function startProxy() {
    const folder = workspace.folder()
    createCertificate(folder)
    const port = await freePorts(2)
    const options = { folder, port, tlsPort: port + 1, router: new URL(community.router.url).host }
    const ca = readFileSync(join(folder, 'certificate.pem'))
    const running = workspace.run(program ?? proxy, proxies[proxy]?.(options) ?? [])
    // It may listen on one port before the other.
    for (const target of [{ port }, { port: port + 1, ca }])
      await waitUntil('the proxy responds', async () => {
        if (running.child.exitCode !== null) throw new Error(running.output())
        return await send({ ...target, path: '/' }).then(
          () => true,
          () => false,
        )
      })
    return {
      port,
      tlsPort: port + 1,
      ca,
      router: { ...community.router, url: `http://127.0.0.1:${port}` },
    }
  }

  /** Publishes two events, each once the one before has arrived, and ends the subscription. */
  async function expectEachEventAtOnce(subscription: ReturnType<typeof collectEvents>): Promise<void> {
    for (const n of [1, 2]) {
      await publishComment(community, n)
      await waitForEvents(n, subscription)
    }
    expect(subscription.events).toMatchObject([expectedComment(1), expectedComment(2)])
    subscription.unsubscribe()
    await waitUntil('the upstream is closed', () => community.comments.streams() === 0)
  }

  it('passes on queries over TLS, and compresses responses', async () => {
    const { tlsPort, ca } = await startProxy()
    const body = JSON.stringify({ query: '{ __schema { types { name description fields { name } } } }' })
    const headers = { ...json, 'accept-encoding': 'gzip' }
    const response = await send({ port: tlsPort, ca, headers }, body)
    expect(response).toMatchObject({ status: 200, headers: { 'content-encoding': 'gzip' } })
    expect(JSON.parse(gunzipSync(response.body).toString())).toMatchObject({
      data: { __schema: { types: expect.any(Array) } },
    })
  })

  it('passes on each event of a subscription over server-sent events at once', async () => {
    const subscription = await subscribeOverSse(await startProxy())
    await expectEachEventAtOnce(subscription)
  })

  it('passes on each event of a subscription over multipart at once', async () => {
    const { router } = await startProxy()
    const link = new HttpLink({ uri: `${router.url}/graphql` })
    const client = new ApolloClient({ link, cache: new InMemoryCache() })
    const subscription = collectEvents((sink) => {
      const subscribed = client
        .subscribe({ query: gql(commentAdded), variables: { postId: 'p1' } })
        .subscribe(sink)
      return () => subscribed.unsubscribe()
    })
    await expectEachEventAtOnce(subscription)
  })

  it('passes on each event of a subscription over a WebSocket at once', async () => {
    const subscription = await subscribeOverWebSocket(await startProxy())
    await expectEachEventAtOnce(subscription)
  })

  it('passes on the address of the client, and not the one that the client claims', async () => {
    const { port } = await startProxy()
    /** Opens a WebSocket from an address of this machine. Resolves with 101, or the status of the refusal. */
    const open = (localAddress: string, headers = {}) =>
      new Promise((resolve) => {
        const options = { localAddress, headers }
        const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws', options)
        workspace.later(() => socket.terminate())
        socket.on('error', () => undefined)
        socket.on('open', () => resolve(101))
        socket.on('unexpected-response', (_request, response) => resolve(response.statusCode))
      })
    expect(await open('127.0.0.1')).toBe(101)
    expect(await open('127.0.0.1', { 'x-forwarded-for': '203.0.113.1' })).toBe(429)
    expect(await open('127.0.0.2')).toBe(101)
  })

  it('refuses a request that the router would refuse as too large', async () => {
    const { port } = await startProxy()
    const limit = configShape.shape.MAX_BODY_BYTES.parse(undefined)
    const createBody = (bytes: number) => '{"query":"{ __typename }"}'.padEnd(bytes)
    expect(await send({ port, headers: json }, createBody(limit))).toMatchObject({ status: 200 })
    for (const bytes of [limit + 1, 10 * limit])
      expect(await send({ port, headers: json }, createBody(bytes))).toMatchObject({ status: 413 })
  })

  it('passes on nothing but GraphQL', async () => {
    const { port } = await startProxy()
    for (const path of ['/', '/health/ready', '/metrics', '/schema.graphql'])
      expect(await send({ port, path, method: 'GET' })).toMatchObject({ status: 404 })
  })
})
