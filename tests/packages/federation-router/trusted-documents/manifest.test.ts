import { parseManifest } from '../../../../packages/federation-router/trusted-documents/manifest'
import { createTrustedDocuments } from '../../../../packages/federation-router/trusted-documents/trustedDocuments'

// The example of the specification, without a newline at its end.
const source = 'query ($id: ID!) {\n  user(id: $id) {\n    name\n  }\n}'
const hash = '7dba4bd717b41f10434822356a93c32b1fb4907b983e854300ad839f84cdcd6e'

const apolloManifest = (operations: unknown) =>
  JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations })

describe('a manifest', () => {
  it('is an object from identifiers to texts', () => {
    expect(parseManifest('{"a":"{ x }","b":"{ y }"}')).toEqual(
      new Map([
        ['a', '{ x }'],
        ['b', '{ y }'],
      ]),
    )
  })

  it("is also that of Apollo's tools", () => {
    const operations = [{ id: 'f00d', name: 'X', type: 'query', body: 'query X { x }' }]
    expect(parseManifest(apolloManifest(operations))).toEqual(new Map([['f00d', 'query X { x }']]))
  })

  it.each([
    ['{', /JSON/],
    ['[]', 'it is no JSON object'],
    ['{"a":7}', 'the document "a" has no text'],
    ['{"a":""}', 'the document "a" has no text'],
    ['{"":"{ x }"}', 'a document has no identifier'],
    ['{"format":"relay"}', 'its format is not "apollo-persisted-query-manifest"'],
    ['{"format":"apollo-persisted-query-manifest","version":2}', 'its version is not 1'],
    [apolloManifest('none'), 'it has no list of operations'],
    [apolloManifest(['none']), 'an operation is no object'],
    [
      apolloManifest([
        { id: 'a', body: '{ x }' },
        { id: 'a', body: '{ y }' },
      ]),
      'the identifier "a" occurs twice',
    ],
  ])('is not %s', (json, message) => {
    expect(() => parseManifest(json)).toThrow(message)
  })
})

describe('trusted documents', () => {
  it('are found by their identifiers and by the SHA-256 of their texts', () => {
    const documents = createTrustedDocuments([new Map([['user', source]])])
    for (const id of ['user', hash, `sha256:${hash}`]) expect(documents.find(id)).toBe(source)
    expect(documents.find('other')).toBeUndefined()
    expect([...documents.sources]).toEqual([source])
  })

  it('may be in several manifests', () => {
    const documents = createTrustedDocuments([new Map([['a', source]]), new Map([['b', source]])])
    expect([documents.find('a'), documents.find('b')]).toEqual([source, source])
    expect(documents.sources.size).toBe(1)
  })

  it('must not share an identifier', () => {
    const manifests = [new Map([['a', '{ x }']]), new Map([['a', '{ y }']])]
    expect(() => createTrustedDocuments(manifests)).toThrow(
      'The identifier "a" belongs to two different documents.',
    )
  })

  it('must not have the hash of another text', () => {
    expect(() => createTrustedDocuments([new Map([[`sha256:${hash}`, '{ x }']])])).toThrow(
      /is not the SHA-256 of its document/,
    )
  })
})
