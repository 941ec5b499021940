import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { projectRoot } from '../../packages/platform/config/projectRoot'
import { createTestWorkspace, freePorts, generousTimeouts } from '../support/processes'

const tutorial = readFileSync(join(projectRoot, 'docs', 'tutorial-subgraph.md'), 'utf8')

/** Returns the code blocks of the tutorial whose info string has this attribute, by its value. */
function codeBlocks(attribute: 'file' | 'operation'): Map<string, string> {
  const pattern = new RegExp(`^\`\`\`\\w+ ${attribute}=(\\S+)\\n([^]*?)^\`\`\`$`, 'gm')
  return new Map([...tutorial.matchAll(pattern)].map(([, value = '', code = '']) => [value, code]))
}

const files = codeBlocks('file')
const operations = codeBlocks('operation')

const workspace = createTestWorkspace()
afterAll(() => workspace.cleanUp())

/** Sends an operation; a name of the tutorial's operations, or a document. */
async function send(
  url: string,
  operation: string,
  { variables, headers }: { variables?: object; headers?: Record<string, string> } = {},
) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: operations.get(operation) ?? operation, variables }),
  })
  return { status: response.status, ...((await response.json()) as { data?: any; errors?: any[] }) } // eslint-disable-line @typescript-eslint/no-explicit-any
}

test("the tutorial's dependencies have the versions of this package", () => {
  const own = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'))
  const { dependencies } = JSON.parse(files.get('package.json') ?? '')
  for (const [name, version] of Object.entries(dependencies))
    expect({ [name]: own.dependencies[name] ?? own.devDependencies[name] }).toEqual({ [name]: version })
})

test('the subgraph of the tutorial adds a field to User in a running system', async () => {
  const [folder, dataDir] = [workspace.folder(), workspace.folder()]
  for (const [name, code] of files) writeFileSync(join(folder, name), code)
  symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'))
  const inFolder = (script: string) => [
    '--input-type=module',
    '--eval',
    `process.chdir(${JSON.stringify(folder)}); await import(${JSON.stringify(join(folder, script))})`,
  ]

  const composition = workspace.run(process.execPath, inFolder('compose.mjs'), { AGORA: projectRoot })
  expect(await composition.ended).toMatchObject({ code: 0, output: 'supergraph.graphql is written.\n' })

  const [port, kudosPort] = [await freePorts(), await freePorts(1)]
  const kudosUrl = `http://127.0.0.1:${kudosPort}/graphql`
  const system = workspace.run(process.execPath, [join(projectRoot, 'dist', 'cli', 'start', 'index.js')], {
    ...generousTimeouts,
    DATA_DIR: dataDir,
    PORT: String(port),
    SUPERGRAPH_FILE: join(folder, 'supergraph.graphql'),
    KUDOS_URL: kudosUrl,
  })
  workspace.later(async () => {
    system.child.kill('SIGTERM')
    await system.ended
  })
  await system.waitForOutput(/Agora is up/)
  const url = `http://127.0.0.1:${port}/graphql`

  const beforeStart = await send(url, 'lookup')
  expect(beforeStart.data.userByHandle).toMatchObject({ displayName: expect.any(String), kudosCount: null })
  expect(beforeStart.errors?.[0].extensions).toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE', service: 'kudos' })

  const kudos = workspace.run(process.execPath, inFolder('server.mjs'), {
    PORT: String(kudosPort),
    ROUTER_SECRET: readFileSync(join(dataDir, 'keys', 'router-secret'), 'utf8'),
  })
  await kudos.waitForOutput(/kudos listens/)

  const { id: userId } = beforeStart.data.userByHandle
  const signIn = `mutation { signIn(input: { email: "noor@agora.example", password: "welcome to the agora" }) { session { accessToken } } }`
  const { accessToken } = (await send(url, signIn)).data.signIn.session
  const signedIn = { authorization: `Bearer ${accessToken}` }

  const given = await send(url, 'give', { variables: { userId }, headers: signedIn })
  expect(given.data).toEqual({ giveKudos: { user: { handle: 'mei', kudosCount: 1 } } })
  const repeated = await send(url, 'give', { variables: { userId }, headers: signedIn })
  expect(repeated.data.giveKudos.user.kudosCount).toBe(1)

  const anonymous = await send(url, 'give', { variables: { userId } })
  expect(anonymous.errors?.[0].extensions.code).toBe('UNAUTHENTICATED')
  const invalid = await send(url, 'give', { variables: { userId: 'usr_1' }, headers: signedIn })
  expect(invalid.errors?.[0].extensions.code).toBe('BAD_USER_INPUT')

  const { posts } = (await send(url, 'authors')).data
  expect(posts.nodes).toHaveLength(3)
  for (const { author } of posts.nodes) expect(author.kudosCount).toBe(author.handle === 'mei' ? 1 : 0)

  for (const token of ['', accessToken])
    expect(await send(kudosUrl, '{ __typename }', { headers: { 'agora-viewer': token } })).toMatchObject({
      status: 403,
    })
})
