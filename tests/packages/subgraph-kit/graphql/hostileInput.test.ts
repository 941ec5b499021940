import { buildSubgraphSchema } from '@apollo/subgraph'
import { gql } from 'graphql-tag'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { projectRoot } from '../../../../packages/platform/config/projectRoot'
import type { SubgraphName } from '../../../../schema/subgraphs'
import { newId } from '../../../../schema/ids'
import { InputValidator } from '../../../../packages/subgraph-kit/input/inputValidator'
import { findHostileInputs, type HostileInput } from '../../../support/hostileInput'
import { recordNormalizeCalls } from '../../../support/normalizeCalls'
import { createViewer, type TestSubgraph } from '../../../support/subgraph'
import { makeComment, startComments } from '../../../subgraphs/comments/support'
import { startEvents } from '../../../subgraphs/events/support'
import { makePost, startPosts } from '../../../subgraphs/posts/support'

const getSchema = (name: SubgraphName) =>
  buildSubgraphSchema(gql(readFileSync(join(projectRoot, 'subgraphs', name, 'schema.graphql'), 'utf8')))

const aliases = 8
const viewer = createViewer('ADMIN')
const user = viewer.id

/** Each of these runs takes quadratic time to normalize. */
const runs = (length: number) =>
  [
    '\u0315'.repeat(length) + '\u0316'.repeat(length),
    '\u0315\uff9e'.repeat(length),
    '\u{16d67}'.repeat(length),
  ].join('a')
/** The maximum length of a request to the router. */
const longestText = runs(105_000)
/** The maximum length of a stored text, in code points. */
const longestStoredText = findFirst(runs(20_000), 100_000)
const longestList = 300_000

function findFirst(text: string, length: number): string {
  return [...text].slice(0, length).join('')
}

interface Cost {
  normalized: number
  longestNormalized: number
  errors: number
  responseCharacters: number
}

async function measureCost(
  subgraph: TestSubgraph,
  { operation }: HostileInput,
  value: unknown,
): Promise<Cost> {
  const add = jest.spyOn(InputValidator.prototype, 'addError')
  let response = ''
  try {
    const { document, variables } = operation(value, aliases)
    const { total, longest } = await recordNormalizeCalls(async () => {
      response = JSON.stringify(await subgraph.send(document, variables, viewer))
    })
    const errors = add.mock.calls.length
    return { normalized: total, longestNormalized: longest, errors, responseCharacters: response.length }
  } finally {
    add.mockRestore()
  }
}

/** Returns the inputs with which one request is too expensive. */
async function excesses(subgraph: TestSubgraph, inputs: readonly HostileInput[]): Promise<string[]> {
  const found: string[] = []
  for (const input of inputs) {
    const { kind, item } = input
    const values =
      kind === 'list' ? [Array.from({ length: longestList }, () => item)] : [longestText, longestStoredText]
    for (const value of values) {
      const cost = await measureCost(subgraph, input, value)
      const mayBeRead = value === longestStoredText ? 4 * value.length : 2000
      const isBounded =
        cost.normalized <= aliases * mayBeRead &&
        cost.longestNormalized <= 256 &&
        cost.errors <= aliases * 2 &&
        cost.responseCharacters <= 10_000
      if (!isBounded) found.push(`${input.name}, ${value.length}: ${JSON.stringify(cost)}`)
    }
  }
  return found
}

const common = { startsAt: '2090-01-01T00:00:00Z', timeZone: 'UTC', title: 'T', description: 'D', body: 'B' }
const numbers = { first: 1, latitude: 1, longitude: 1, radiusKm: 1, orderBy: 'RELEVANCE' }

describe('one request with eight aliases and a hostile value takes linear time', () => {
  it('in events', async () => {
    const events = await startEvents()
    const eventId = await events.makeEvent({}, viewer)
    const { id: registrationId, ticketCode } = await events.register(eventId, viewer)
    const inputs = findHostileInputs({
      schema: getSchema('events'),
      values: {
        ...common,
        ...numbers,
        eventId,
        registrationId,
        ticketCode,
        userId: user,
        message: 'M',
        guestCount: 1,
      },
      entities: { Event: eventId, User: user },
    })
    expect(inputs.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'Mutation.createEvent(input.venue.city)',
        'Mutation.updateEvent(input.tags)',
        'Query.events(filter.statuses)',
        'Event.registrations(statuses)',
      ]),
    )
    expect(await excesses(events, inputs)).toEqual([])
    await events.close()
  })

  it('in posts', async () => {
    const posts = await startPosts()
    const post = makePost({ authorId: user })
    await posts.seed([post])
    const inputs = findHostileInputs({
      schema: getSchema('posts'),
      values: { ...common, ...numbers, postId: post.id },
      entities: { User: user, Event: newId('Event') },
    })
    expect(inputs.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'Mutation.createPost(input.tags[])',
        'Query.posts(filter.search)',
        'User.posts(after)',
      ]),
    )
    expect(await excesses(posts, inputs)).toEqual([])
    await posts.close()
  })

  it('in comments', async () => {
    const comments = await startComments()
    const [comment] = await comments.seed(makeComment({ authorId: user }))
    if (!comment) throw new Error('No comment was stored.')
    const inputs = findHostileInputs({
      schema: getSchema('comments'),
      values: { ...common, ...numbers, postId: comment.postId, commentId: comment.id },
      entities: { Post: comment.postId, User: user, Comment: comment.id },
    })
    expect(inputs.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Mutation.editComment(input.body)', 'Comment.replies(before)']),
    )
    expect(await excesses(comments, inputs)).toEqual([])
    await comments.close()
  })
})
