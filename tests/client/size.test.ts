import { build } from 'esbuild'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'

import { projectRoot } from '../../packages/platform/config/projectRoot'

const source = join(projectRoot, 'client', 'src')
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'agora-size-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Scripts {
  text: string
  gzipBytes: number
}

/**
 * Bundles a page, as frontends do.
 *
 * @param modules the modules by name; `page.js` is the first
 * @returns the scripts that the page loads at first, and those that it loads on request
 */
async function bundlePage(modules: Record<string, string>): Promise<{ first: Scripts; onRequest: Scripts }> {
  for (const [name, text] of Object.entries(modules)) writeFileSync(join(folder, name), text)
  const { outputFiles, metafile } = await build({
    entryPoints: [join(folder, 'page.js')],
    outdir: join(folder, 'scripts'),
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    external: ['@apollo/client', 'graphql'],
    metafile: true,
    write: false,
  })
  const outputs = Object.entries(metafile.outputs)
  const [entryPath = '', entry] = outputs.find(([, { entryPoint }]) => entryPoint?.endsWith('page.js')) ?? []
  const imported = entry?.imports.filter(({ kind }) => kind === 'import-statement') ?? []
  const firstNames = [entryPath, ...imported.map(({ path }) => path)].map((path) => basename(path))
  const readScripts = (isFirst: boolean): Scripts => {
    const files = outputFiles.filter(({ path }) => firstNames.includes(basename(path)) === isFirst)
    return {
      text: files.map(({ text }) => text).join('\n'),
      gzipBytes: files.reduce((bytes, { contents }) => bytes + gzipSync(contents).length, 0),
    }
  }
  return { first: readScripts(true), onRequest: readScripts(false) }
}

it('loads at most 4 KiB for a sign-in and one operation, and the rest with the first subscription', async () => {
  const { first, onRequest } = await bundlePage({
    'page.js': `
      import { createClient, FeedDocument } from '${source}/index.ts'
      const client = createClient({ url: '/graphql' })
      await client.signIn({ email, password })
      show(await client.request(FeedDocument))`,
  })
  expect(first.text).toContain('query Feed(')
  expect(first.text).not.toContain('query Profile(')
  expect(first.gzipBytes).toBeLessThanOrEqual(4_096)
  expect(onRequest.text).toContain('graphql-transport-ws')
  expect(onRequest.gzipBytes).toBeLessThanOrEqual(7_500)
})

it.each(['index.ts', 'apollo/index.ts'])(
  'loads the documents of a screen with the screen, from %s',
  async (entry) => {
    const { first, onRequest } = await bundlePage({
      'page.js': `
      import { FeedDocument } from '${source}/${entry}'
      show(FeedDocument, () => import('./screen.js'))`,
      'screen.js': `
      import { ProfileDocument } from '${source}/${entry}'
      show(ProfileDocument)`,
    })
    expect(first.text).toMatch(/query Feed|value:"Feed"/)
    expect(first.text).not.toMatch(/query Profile|value:"Profile"/)
    expect(onRequest.text).toMatch(/query Profile|value:"Profile"/)
    expect(onRequest.text).not.toMatch(/query Search|value:"SearchUsers"/)
  },
)
