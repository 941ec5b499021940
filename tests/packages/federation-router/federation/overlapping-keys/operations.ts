import type { CaseOperation } from '../../../../support/federation/federationCase'

const differs = (data: unknown, requests: 'any' | readonly string[] = 'any') => ({
  reason: 'the stock planner confuses the two fields',
  data: JSON.stringify(data),
  errors: [],
  requests,
})

export const operations: readonly CaseOperation[] = [
  {
    name: 'two fields of a union under one key, and a nested key with two meanings',
    query: `{ feed { ... on Post { who: author { label: name } } ... on Ad { who: sponsor { label: email } } } }`,
    differs: differs(
      { feed: [{ who: { label: 'Ada' } }, { who: { label: 'ada@example.org' } }, null, { who: null }, {}] },
      [
        `{ feed { __typename ... on Post { who: author { __typename id } } ... on Ad { who: sponsor { __typename id } } } }`,
        `query($representations: [_Any!]!) { _entities(representations: $representations) { ... on User { label: email } } }`,
        `query($representations: [_Any!]!) { _entities(representations: $representations) { ... on User { label: name } } }`,
      ],
    ),
  },
  {
    name: 'one field, and a nested key with two meanings, in one fetch',
    query: `{ feed { ... on Post { author { label: name } } ... on Ad { author { label: email } } } }`,
    differs: differs(
      {
        feed: [
          { author: { label: 'Ada' } },
          { author: { label: 'bo@example.org' } },
          null,
          { author: null },
          {},
        ],
      },
      [
        `{ feed { __typename ... on Post { author { __typename id } } ... on Ad { author { __typename id } } } }`,
        `query($representations: [_Any!]!) { _entities(representations: $representations) { ... on User { label: name label: email } } }`,
      ],
    ),
  },
  {
    name: 'fields that only differ in their arguments',
    query: `{ feed { ... on Post { author { avatar(size: 10) } } ... on Ad { author { avatar(size: 99) } } } }`,
    differs: differs({
      feed: [{ author: { avatar: 'Ada 10' } }, { author: { avatar: 'Bo 99' } }, null, { author: null }, {}],
    }),
  },
  {
    name: 'arguments that are variables',
    query: `query ($a: Int, $b: Int) {
      feed { ... on Post { author { avatar(size: $a) } } ... on Ad { author { avatar(size: $b) } } } }`,
    variables: { a: 1, b: 2 },
    differs: differs({
      feed: [{ author: { avatar: 'Ada 1' } }, { author: { avatar: 'Bo 2' } }, null, { author: null }, {}],
    }),
  },
  {
    name: 'members of an interface, beside a field of the interface',
    query: `{ written { author { id } ... on Post { author { label: name } } ... on Ad { author { label: email } } } }`,
    differs: differs({
      written: [
        { author: { id: 'u1', label: 'Ada' } },
        { author: { id: 'u2', label: 'bo@example.org' } },
        null,
        { author: null },
        { author: { id: 'u2' } },
      ],
    }),
  },
  {
    name: 'keys in nested lists',
    query: `{ nested { ... on Post { them: editors { label: name } } ... on Ad { them: backers { label: email } } } }`,
    differs: differs({
      nested: [
        [{ them: [null, [{ label: 'bo@example.org' }]] }, null],
        [],
        [{ them: [[{ label: 'Ada' }, null], [{ label: 'Bo' }]] }],
      ],
    }),
  },
  ...[true, false].map((on): CaseOperation => ({
    name: `one branch is included: ${on}`,
    query: `query ($on: Boolean!) {
        feed { ... on Post @include(if: $on) { who: author { label: name } } ... on Ad { who: sponsor { label: email } } } }`,
    variables: { on },
    differs: differs({
      feed: [
        on ? { who: { label: 'Ada' } } : {},
        { who: { label: 'ada@example.org' } },
        null,
        { who: null },
        {},
      ],
    }),
  })),
  ...[true, false].map((on): CaseOperation => ({
    name: `one field is skipped: ${on}`,
    query: `query ($on: Boolean!) {
        feed { ... on Post { author { label: name @skip(if: $on) id } } ... on Ad { author { label: email } } } }`,
    variables: { on },
    differs: differs({
      feed: [
        { author: on ? { id: 'u1' } : { label: 'Ada', id: 'u1' } },
        { author: { label: 'bo@example.org' } },
        null,
        { author: null },
        {},
      ],
    }),
  })),
  {
    name: 'a key that is an alias of __typename',
    query: `{ feed { ... on Post { kind: __typename author { x: name } } ... on Ad { author { x: avatar } } } }`,
    differs: differs({
      feed: [
        { kind: 'Post', author: { x: 'Ada' } },
        { author: { x: 'Bo undefined' } },
        null,
        { author: null },
        {},
      ],
    }),
  },
  {
    name: 'fragments on interfaces that share a member',
    query: `
      { feed { ...W ... on Post { author { label: name } } ... on Paid { ... on Ad { author { label: email id } } } } }
      fragment W on Written { author { mail: email } }`,
    differs: differs({
      feed: [
        { author: { mail: 'ada@example.org', label: 'Ada' } },
        { author: { mail: 'bo@example.org', label: 'bo@example.org', id: 'u2' } },
        null,
        { author: null },
        { author: { mail: 'bo@example.org' } },
      ],
    }),
  },
  {
    name: 'two fields of a union under one key, and the same fields below',
    query: `
      { feed { ... on Post { who: author { ...U } } ... on Ad { who: sponsor { ...U label: email } } } }
      fragment U on User { avatar(size: 1) }`,
    differs: {
      reason: 'the two fields are fetched separately, so that an error of one does not affect the other',
      requests: 'any',
    },
  },
  {
    name: 'aliases that are names of key fields and required fields',
    query: `{ feed {
      ... on Post { author { first: email hello } } ... on Ad { author { first: name hello } }
      ... on Poll { author { first hello } } } }`,
    differs: differs({
      feed: [
        { author: { first: 'ada@example.org', hello: 'Hello A.' } },
        { author: { first: 'Bo', hello: 'Hello B.' } },
        null,
        { author: null },
        { author: { first: 'B.', hello: 'Hello B.' } },
      ],
    }),
  },
  {
    name: 'fields that require others',
    query: `{ feed { ... on Post { author { text: hello } } ... on Ad { author { text: place } } } }`,
    differs: differs({
      feed: [{ author: { text: 'Hello A.' } }, { author: { text: 'No. 2' } }, null, { author: null }, {}],
    }),
  },
  {
    name: 'fields of an interface object',
    query: `{ media { ... on Film { n: stars } ... on Record { n: votes } } }`,
    differs: differs({ media: [{ n: 4 }, { n: 50 }] }),
  },
  {
    name: 'an entity of an interface object',
    query: `{ media { ... on Film { who: fan { x: name } } ... on Record { who: fan { x: email } } } }`,
    differs: differs({ media: [{ who: { x: 'Ada' } }, { who: { x: 'bo@example.org' } }] }),
  },
  {
    name: 'an interface object whose type another subgraph resolves',
    query: `{ best { ... on Film { who: fan { x: name } } ... on Record { who: critic { x: email } } } }`,
    differs: { reason: 'the fields get distinct keys', requests: 'any' },
  },
  {
    name: 'keys in the response of a mutation',
    query: `mutation { publish { ... on Post { who: author { x: name } } ... on Ad { who: sponsor { x: email } } } }`,
    differs: differs({ publish: { who: { x: 'ada@example.org' } } }),
  },
]
