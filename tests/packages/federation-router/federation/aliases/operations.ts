import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  {
    name: 'selects one field twice',
    query: `{ a: person(id: 1) { name } b: person(id: 2) { name picture } }`,
  },
  {
    name: 'selects one field with different arguments',
    query: `{ person(id: 1) { small: picture(size: 1) large: picture(size: 999) picture } }`,
  },
  {
    name: 'swaps the names of fields',
    query: `{ person(id: 1) { name: id id: name picture } }`,
    differs: {
      reason: 'the planner confuses the key with an alias of the same name',
      data: `{"person":{"name":"1","id":"Name 1","picture":"1@10"}}`,
      requests: 'any',
    },
  },
  {
    name: 'uses __typename as an alias',
    query: `{ person(id: 1) { __typename: name picture friend { __typename: id picture } } }`,
    differs: {
      reason: 'the planner confuses __typename with an alias of the same name',
      data: `{"person":{"__typename":"Name 1","picture":"1@10","friend":{"__typename":"2","picture":"2@10"}}}`,
      requests: 'any',
    },
  },
  { name: 'selects the key only under an alias', query: `{ person(id: 1) { key: id p: picture } }` },
  {
    name: 'selects one entity at several paths',
    query: `{ x: person(id: 1) { a: friend(nth: 1) { name } b: friend(nth: 2) { c: friend(nth: -1) { name picture } } } }`,
  },
  {
    name: 'uses names of JavaScript as aliases',
    query: `{ constructor: person(id: 1) { toString: name hasOwnProperty: picture valueOf: __typename toJSON: id } }`,
  },
  {
    name: 'uses __proto__ as an alias of a scalar',
    query: `{ person(id: 1) { __proto__: name picture } }`,
  },
  {
    name: 'uses __proto__ as an alias of an entity of another subgraph',
    query: `{ __proto__: person(id: 1) { __proto__: friend { name } name } }`,
  },
]
