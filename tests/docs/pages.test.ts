import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

import { projectRoot } from '../../packages/platform/config/projectRoot'
import { entryPoints } from '../architecture/entryPoints'

const listPages = (folder: string) =>
  readdirSync(join(projectRoot, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))

const pages = [
  ...listPages('.'),
  ...listPages('docs'),
  ...listPages('docs/decisions'),
  'client/README.md',
  'examples/web/README.md',
  'schema/CONVENTIONS.md',
]

const packages = readdirSync(join(projectRoot, 'packages'))

const read = (page: string) => readFileSync(join(projectRoot, page), 'utf8')

/** Returns a page without its code blocks. */
const readProse = (page: string) => read(page).replace(/^( *)```[^]*?^\1```$/gm, '')

/** Returns the text of the TypeScript files in a folder. */
function readSource(folder: string): string {
  const path = join(projectRoot, folder)
  const files = existsSync(path) ? readdirSync(path).filter((name) => name.endsWith('.ts')) : []
  return files.map((name) => read(join(folder, name))).join()
}

/** Returns the anchors of a page's headings, as GitHub names them. */
function readAnchors(page: string): string[] {
  const headings = [...readProse(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading)
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

test('the README has at most 150 lines', () => {
  expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(150)
})

test('the README links every page', () => {
  const linked = [...read('README.md').matchAll(/\]\(([^)#]+)/g)].map(([, target = '']) => target)
  const missing = pages.filter((page) => !page.startsWith('docs/decisions/') && !linked.includes(page))
  expect(missing).toEqual(['README.md'])
  expect(linked).toContain('docs/decisions')
})

test('the README names the licences that are not permissive', () => {
  for (const name of ['ELv2', 'SSPL']) expect(read('README.md')).toContain(name)
})

describe.each(packages)('packages/%s/README.md', (name) => {
  it('lists the entry points of the package', () => {
    // A paragraph, or the first column of a table.
    const section =
      /^Entry points[^]*?(?=\n\n(?!\| entry))/m.exec(read(`packages/${name}/README.md`))?.[0] ?? ''
    const cells = section.split('\n').map((line) => (line.startsWith('|') ? line.split('|')[1] : line))
    const text = cells.join('\n').replace(/\([^)]*\)/g, '')
    const listed = [...text.matchAll(/`([^`]+)`/g)].map(([, entry]) => `packages/${name}/${entry}`)
    const expected = entryPoints.filter((entry) => entry.startsWith(`packages/${name}/`))
    expect(listed.sort()).toEqual([...expected].sort())
  })
})

describe.each([...pages, ...packages.map((name) => `packages/${name}/README.md`)])('%s', (page) => {
  it('links pages and headings that exist', () => {
    const targets = [...readProse(page).matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target)
    const broken = targets
      .filter((target) => !/^https?:/.test(target))
      .filter((target) => {
        const [path = '', anchor] = target.split('#')
        const file = path === '' ? page : relative('.', join(dirname(page), path))
        return (
          !existsSync(join(projectRoot, file)) ||
          (anchor !== undefined && !readAnchors(file).includes(anchor))
        )
      })
    expect(broken).toEqual([])
  })

  it('names files and folders that exist', () => {
    // The changelog names what has been renamed.
    if (page === 'CHANGELOG.md') return
    const roots =
      /^(?:\.ci|bench|cli|client|deploy|docs|packages|router|schema|subgraphs|tests)\/[\w./@<>-]*$/
    const named = [...readProse(page).matchAll(/`([^`\s]+)`/g)]
      .map(([, code = '']) => code.replace('<name>', 'posts'))
      .filter((code) => roots.test(code) && !code.includes('<'))
    expect(named.filter((path) => !existsSync(join(projectRoot, path)))).toEqual([])
  })

  it('names functions that exist in the folders of the files in the same table row', () => {
    const rows = readProse(page)
      .split('\n')
      .filter((line) => line.startsWith('|'))
    const missing = rows.flatMap((row) => {
      const codes = [...row.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
      const files = codes.filter((code) => /^(?:packages|router|subgraphs|cli)\/[\w./-]+\.ts$/.test(code))
      if (files.length === 0) return []
      const source = [...new Set(files.map((file) => dirname(file)))].map(readSource).join()
      return codes
        .filter((code) => /^[a-z]+(?:[A-Z]\w*)+$/.test(code))
        .filter((name) => !new RegExp(`\\b${name}\\b`).test(source))
    })
    expect(missing).toEqual([])
  })

  it('shows commands that are scripts of the package', () => {
    if (page === 'CHANGELOG.md') return
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    // `npm run compose` is a script of the tutorial's own package.
    const known =
      page === 'docs/tutorial-subgraph.md' ? ['compose', ...Object.keys(scripts)] : Object.keys(scripts)
    const named = [...read(page).matchAll(/npm run (?:-s )?([\w:]+)/g)].map(([, name]) => name)
    expect(named.filter((name = '') => !known.includes(name))).toEqual([])
  })
})

test('the GitHub workflow names files and folders that exist', () => {
  const named = [...read('.github/workflows/ci.yml').matchAll(/(?<![\w/])(?:\.ci|tests)\/[\w./-]*\w/g)]
  expect(named.length).toBeGreaterThan(5)
  expect(named.map(([path]) => path).filter((path) => !existsSync(join(projectRoot, path)))).toEqual([])
})
