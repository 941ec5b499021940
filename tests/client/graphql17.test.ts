import { transformSync } from 'esbuild'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { projectRoot } from '../../packages/platform/config/projectRoot'
import { execFileAsync, packClient } from '../support/installClientConsumer'
import { startSupergraph, type TestSupergraph } from '../support/supergraph'

// Installs packages from the registry: one of the long tests.
const testFully = process.env.FULL ? it : it.skip
jest.setTimeout(600_000)

const versions = ['graphql@17.1.0', '@apollo/client@4.3.8', 'rxjs@7.8.2', '@urql/core@6.0.3']
/** graphql 17 requires Node 22. */
const isNode22 = Number(process.versions.node.split('.')[0]) >= 22
const nodeCommand = isNode22 ? [process.execPath] : ['npx', '--yes', '--package', 'node@22', 'node']

const script = `
import { createClient } from '@agora/client'
import { agoraLink, FeedDocument } from '@agora/client/apollo'
import { agoraExchange } from '@agora/client/urql'
import { ApolloClient, InMemoryCache } from '@apollo/client'
import { Client } from '@urql/core'
import { parse, version } from 'graphql'
import { loadTwoPages } from './apolloClient.mjs'

const url = process.argv[2]
const client = createClient({ url })
const apollo = new ApolloClient({ link: agoraLink(client), cache: new InMemoryCache() })
const urql = new Client({ url, preferGetMethod: false, exchanges: [agoraExchange(client)] })
const query = parse('{ posts(first: 3) { nodes { id } } }')
const readIds = ({ posts }) => posts.nodes.map(({ id }) => id)
const variables = { first: 3 }
console.log(JSON.stringify({
  version,
  lists: [
    readIds((await apollo.query({ query: FeedDocument, variables })).data),
    readIds((await urql.query(FeedDocument, variables)).data),
    readIds(await client.request(FeedDocument, variables)),
    readIds(await client.request(query)),
    (await loadTwoPages(url, 2)).slice(0, 3),
  ],
}))`

let agora: TestSupergraph
let folder: string
beforeAll(async () => {
  if (!process.env.FULL) return
  agora = await startSupergraph()
  folder = mkdtempSync(join(tmpdir(), 'agora-graphql17-'))
  cpSync(join(projectRoot, 'tests', 'client', 'consumer'), folder, { recursive: true })
  rmSync(join(folder, 'next'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  const tarball = await packClient(join(folder, 'source'), folder)
  // With strict peer dependencies, the installation fails for a version that the package does not accept.
  const flags = ['--strict-peer-deps', '--no-audit', '--no-fund', '--loglevel=error']
  await execFileAsync('npm', ['install', ...flags, ...versions, tarball], { cwd: folder })
})
afterAll(async () => {
  if (!process.env.FULL) return
  await agora.close()
  rmSync(folder, { recursive: true, force: true })
})

testFully('type-checks with the types of graphql 17', async () => {
  const compilerOptions = {
    ...{ strict: true, exactOptionalPropertyTypes: true, noEmit: true, target: 'es2022' },
    ...{ lib: ['es2023', 'dom'], types: [], skipLibCheck: true },
    ...{ module: 'esnext', moduleResolution: 'bundler' },
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }))
  const tsc = join(projectRoot, 'node_modules', 'typescript', 'bin', 'tsc')
  const { stdout } = await execFileAsync(process.execPath, [tsc, '--project', folder])
  expect(stdout).toBe('')
})

testFully('sends queries with Apollo Client, urql and fetch beside graphql 17', async () => {
  const author = await agora.signUp('lina')
  for (const title of ['One', 'Two', 'Three', 'Four'])
    await agora.query(
      'mutation ($input: CreatePostInput!) { createPost(input: $input) { userErrors { message } } }',
      { input: { title, body: title, publish: true } },
      author,
    )
  const source = readFileSync(join(folder, 'apolloClient.ts'), 'utf8')
  writeFileSync(join(folder, 'apolloClient.mjs'), transformSync(source, { loader: 'ts', format: 'esm' }).code)
  writeFileSync(join(folder, 'main.mjs'), script)
  const [program = '', ...args] = nodeCommand
  const { stdout } = await execFileAsync(program, [...args, 'main.mjs', agora.url], { cwd: folder })
  const { version, lists }: { version: string; lists: string[][] } = JSON.parse(stdout)
  expect(version).toMatch(/^17\./)
  expect(lists[0]).toHaveLength(3)
  for (const list of lists) expect(list).toEqual(lists[0])
})
