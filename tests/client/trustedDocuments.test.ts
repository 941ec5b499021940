import { InMemoryCache } from '@apollo/client'
import { print, type DocumentNode } from 'graphql'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import * as documentNodes from '../../client/generated/documentNodes'
import * as documentStrings from '../../client/generated/documentStrings'
import { readOperationName, toOperationText } from '../../client/src/operationText'
import { projectRoot } from '../../packages/platform'
import { readTrustedDocuments } from '../../packages/federation-router'

const file = join(projectRoot, 'client', 'generated', 'trustedDocuments.json')
const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'))

const texts: Record<string, string> = documentStrings
const nodes = Object.entries<DocumentNode>(documentNodes).filter(([name]) => name.endsWith('Document'))

it('contains the text of each operation of the client, by its SHA-256', () => {
  const all = Object.values(texts)
  expect(all.length).toBeGreaterThan(20)
  const hash = (text: string) => createHash('sha256').update(text).digest('hex')
  expect(manifest).toEqual(Object.fromEntries(all.map((text) => [`sha256:${hash(text)}`, text])))
})

it('contains the texts that Apollo Client sends for the documents of the same names', () => {
  const cache = new InMemoryCache()
  const sent = nodes.map(([name, document]) => [name, print(cache.transformDocument(document))])
  expect(Object.fromEntries(sent)).toEqual(texts)
})

it('contains the texts that the fetch client sends for documents of both kinds', async () => {
  for (const [name, document] of nodes) {
    expect(await toOperationText(document)).toBe(texts[name])
    expect(await toOperationText(texts[name] ?? '')).toBe(texts[name])
    expect(`${readOperationName(texts[name] ?? '')}Document`).toBe(name)
  }
})

it('can be read by the router', () => {
  expect(readTrustedDocuments([file]).documents.sources.size).toBeGreaterThan(20)
})
