import type { CaseOperation } from '../../../../support/federation/federationCase'

export const operations: readonly CaseOperation[] = [
  { name: 'one field twice', query: `{ a: person(id: 1) { name } b: person(id: 2) { name picture } }` },
  {
    name: 'one field with different arguments',
    query: `{ person(id: 1) { small: picture(size: 1) large: picture(size: 999) picture } }`,
  },
  {
    name: 'names swapped',
    query: `{ person(id: 1) { name: id id: name picture } }`,
    differs: {
      reason: 'the planner takes the key for what the client calls by its name',
      data: `{"person":{"name":"1","id":"Name 1","picture":"1@10"}}`,
      requests: 'any',
    },
  },
  {
    name: 'the name that says the type',
    query: `{ person(id: 1) { __typename: name picture friend { __typename: id picture } } }`,
    differs: {
      reason: 'the planner takes the type for what the client calls by its name',
      data: `{"person":{"__typename":"Name 1","picture":"1@10","friend":{"__typename":"2","picture":"2@10"}}}`,
      requests: 'any',
    },
  },
  { name: 'the key under another name alone', query: `{ person(id: 1) { key: id p: picture } }` },
  {
    name: 'one entity in several places',
    query: `{ x: person(id: 1) { a: friend(nth: 1) { name } b: friend(nth: 2) { c: friend(nth: -1) { name picture } } } }`,
  },
  {
    name: 'names of the language itself',
    query: `{ constructor: person(id: 1) { toString: name hasOwnProperty: picture valueOf: __typename toJSON: id } }`,
  },
  {
    name: '__proto__ for a scalar',
    query: `{ person(id: 1) { __proto__: name picture } }`,
  },
  {
    name: '__proto__ for an object that is completed elsewhere',
    query: `{ __proto__: person(id: 1) { __proto__: friend { name } name } }`,
  },
]
