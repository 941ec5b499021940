import {
  readTransportSettings,
  transportSettingsShape,
} from '../../../../packages/federation-router/transport/settings'

const common = transportSettingsShape.parse({})

it('has the documented defaults', () => {
  expect(common).toEqual({
    QUERY_TIMEOUT_MS: 5_000,
    MUTATION_TIMEOUT_MS: 15_000,
    QUERY_RETRIES: 2,
    BREAKER_MIN_FETCHES: 20,
    MAX_FETCHES: 256,
    SUBSCRIPTION_PROTOCOL: 'sse',
    MAX_QUEUED_FETCHES: 256,
    MAX_RESPONSE_BYTES: 32_000_000,
    DEDUPLICATE_FETCHES: false,
  })
})

it('applies a variable with the name of a subgraph to that subgraph only', () => {
  const settings = readTransportSettings(
    common,
    new Map([
      ['BOOK_REVIEWS_QUERY_TIMEOUT_MS', '200'],
      ['BOOK_REVIEWS_QUERY_RETRIES', '0'],
      ['POSTS_DEDUPLICATE_FETCHES', 'true'],
    ]),
  )
  expect(settings('book-reviews')).toEqual({ ...common, QUERY_TIMEOUT_MS: 200, QUERY_RETRIES: 0 })
  expect(settings('posts')).toEqual({ ...common, DEDUPLICATE_FETCHES: true })
  expect(settings('reviews')).toEqual(common)
})

it('reports every invalid value', () => {
  const wrong = new Map([
    ['POSTS_QUERY_TIMEOUT_MS', 'soon'],
    ['USERS_QUERY_RETRIES', '3'],
    ['USERS_MAX_FETCHES', '10'],
  ])
  expect(() => readTransportSettings(common, wrong)).toThrow(
    /POSTS_QUERY_TIMEOUT_MS: [^]*USERS_QUERY_RETRIES: /,
  )
})
