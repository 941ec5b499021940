import {
  selectDebianMirrors,
  parseAptSources,
} from '../../../../cli/embedded-mongodb/private-glibc/aptSources'

const paragraphs = `Types: deb
# a comment inside
URIs: http://deb.debian.org/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb deb-src
URIs: http://deb.debian.org/debian-security http://mirror.example/debian-security/
Suites: bookworm-security
Components: main contrib
`

test('parses deb822 paragraphs into one entry for each URI and suite', () => {
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
  expect(parseAptSources('debian.sources', paragraphs)).toEqual([
    { uri: 'http://deb.debian.org/debian', suite: 'bookworm', components: ['main'], signedBy: keyring },
    {
      uri: 'http://deb.debian.org/debian',
      suite: 'bookworm-updates',
      components: ['main'],
      signedBy: keyring,
    },
    {
      uri: 'http://deb.debian.org/debian-security',
      suite: 'bookworm-security',
      components: ['main', 'contrib'],
    },
    {
      uri: 'http://mirror.example/debian-security/',
      suite: 'bookworm-security',
      components: ['main', 'contrib'],
    },
  ])
})

test.each([
  [
    'for source packages',
    'Types: deb-src\nURIs: http://deb.debian.org/debian\nSuites: bookworm\nComponents: main',
  ],
  [
    'disabled',
    'Enabled: no\nTypes: deb\nURIs: http://deb.debian.org/debian\nSuites: bookworm\nComponents: main',
  ],
  ['commented out', '#Types: deb\n#URIs: http://deb.debian.org/debian\n#Suites: bookworm\n#Components: main'],
  ['without an address', 'Types: deb\nSuites: bookworm\nComponents: main'],
])('leaves out a paragraph that is %s', (_, text) => {
  expect(parseAptSources('debian.sources', text)).toEqual([])
})

test('parses fields that continue on the next line, case-insensitively', () => {
  const text =
    'types: deb\nuris:\n http://one.example/debian\n http://two.example/debian\nsuites: trixie\ncomponents: main\n'
  expect(parseAptSources('x.sources', text).map(({ uri }) => uri)).toEqual([
    'http://one.example/debian',
    'http://two.example/debian',
  ])
})

test('ignores an inline key in Signed-By', () => {
  const text =
    'Types: deb\nURIs: http://a/debian\nSuites: sid\nComponents: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mDME\n'
  expect(parseAptSources('x.sources', text)).toEqual([
    { uri: 'http://a/debian', suite: 'sid', components: ['main'] },
  ])
})

test('parses one-line entries', () => {
  const text = `
# deb http://commented.example/debian bookworm main
deb http://deb.debian.org/debian bookworm main contrib # trailing
deb-src http://deb.debian.org/debian bookworm main
deb [arch=amd64 signed-by=/etc/apt/keyrings/docker.gpg] https://download.docker.com/linux/debian bookworm stable
deb http://security.debian.org/debian-security bookworm-security main`
  expect(parseAptSources('sources.list', text)).toEqual([
    { uri: 'http://deb.debian.org/debian', suite: 'bookworm', components: ['main', 'contrib'] },
    {
      uri: 'https://download.docker.com/linux/debian',
      suite: 'bookworm',
      components: ['stable'],
      signedBy: '/etc/apt/keyrings/docker.gpg',
    },
    { uri: 'http://security.debian.org/debian-security', suite: 'bookworm-security', components: ['main'] },
  ])
})

const listMirrors = (...lines: string[]) =>
  selectDebianMirrors(parseAptSources('sources.list', lines.join('\n')))

test('selects Debian mirrors without duplicates, those of debian.org first', () => {
  expect(
    listMirrors(
      'deb http://mirror.example/pub/debian/ bookworm main',
      'deb http://mirror.example/pub/debian bookworm main',
      'deb http://ftp.de.debian.org/debian stable main',
      'deb mirror+file:/etc/apt/mirrors/debian.list bookworm main',
      'deb http://snapshot.debian.org/archive/debian/20250520T000000Z bookworm main',
    ),
  ).toEqual([
    'http://ftp.de.debian.org/debian',
    'http://snapshot.debian.org/archive/debian/20250520T000000Z',
    'http://mirror.example/pub/debian',
    'mirror+file:/etc/apt/mirrors/debian.list',
  ])
})

test.each([
  ['security updates', 'deb http://deb.debian.org/debian-security bookworm-security main'],
  [
    'security updates under the name of a release',
    'deb http://security.debian.org/debian-security bookworm main',
  ],
  ['updates and backports', 'deb http://deb.debian.org/debian bookworm-backports main'],
  ['a third party', 'deb https://apt.releases.example.com bookworm main'],
  [
    'a third party in a folder called debian',
    'deb [signed-by=/etc/apt/k.gpg] https://x.example/debian bookworm main',
  ],
  [
    'Node',
    'deb [signed-by=/usr/share/keyrings/nodesource.gpg] https://deb.nodesource.com/node_20.x nodistro main',
  ],
  ['another distribution', 'deb http://archive.ubuntu.com/ubuntu jammy main universe'],
  ['non-free alone', 'deb http://deb.debian.org/debian bookworm non-free'],
  ['a disc', 'deb cdrom:[Debian]/ bookworm main'],
])('does not select %s', (_, line) => {
  expect(listMirrors(line)).toEqual([])
})
