import { parse, print } from 'graphql'

import { readOperationName, toOperationText } from '../../client/src/operationText'

const text = `query Search($tag: String = "query Wrong {", $first: [Int!]! = [1, 2]) @live {
  # query Comment
  posts(filter: {text: "a \\"quoted\\" } text", tag: $tag}, first: $first, orderBy: PUBLISHED_AT_DESC) {
    query
    mutation(subscription: {query: 1}) @include(if: true)
    ...Fields
  }
}

fragment Fields on PostConnection {
  alias: totalCount
  ... on PostConnection @skip(if: false) {
    __typename
  }
}
`

it('prints a document as graphql does', async () => {
  const document = parse(text)
  expect(await toOperationText(document)).toBe(print(document))
  expect(await toOperationText(document)).toBe(await toOperationText(document))
})

it('accepts a text in an object, as GraphQL Code Generator generates it', async () => {
  class TypedText extends String {}
  expect(await toOperationText(new TypedText(text))).toBe(text)
})

it.each([
  ['an operation before its fragments', text, 'Search'],
  ['an operation after its fragments', 'fragment F on Q { query Wrong } mutation  Right { a }', 'Right'],
  ['an operation without a name', '{ query Wrong subscription Wrong }', undefined],
  ['an operation with variables and no name', 'query ($a: Int) { a }', undefined],
  ['an operation after a block of text', 'fragment F on Q { a(b: """{ "c""") } query Right { a }', 'Right'],
  ['an operation after a comment', '# query Wrong\nsubscription Right { a }', 'Right'],
])('finds the name of %s', (_, source, expected) => {
  expect(readOperationName(source)).toBe(expected)
})
