import { print, type DocumentNode } from 'graphql'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import * as operations from '../../client/generated/operations'
import { projectRoot } from '../../packages/platform'
import { readTrustedDocuments } from '../../packages/federation-router'

const file = join(projectRoot, 'client', 'generated', 'trustedDocuments.json')

it('contains the exact text of each operation of the client, by its SHA-256', () => {
  const texts = Object.entries(operations)
    .filter(([name]) => name.endsWith('Document'))
    .map(([, document]) => print(document as DocumentNode))
  expect(texts.length).toBeGreaterThan(20)
  const hash = (text: string) => createHash('sha256').update(text).digest('hex')
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(
    Object.fromEntries(texts.map((text) => [`sha256:${hash(text)}`, text])),
  )
})

it('can be read by the router', () => {
  expect(readTrustedDocuments([file]).documents.sources.size).toBeGreaterThan(20)
})
