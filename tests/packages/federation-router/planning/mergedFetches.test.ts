import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { getOperationAST, Kind, parse, visit, type DocumentNode } from 'graphql'

import { createBenchOperations } from '../../../../bench/operations'
import { formatPlan, summarizePlan } from '../../../../packages/federation-router/planning/planSummary'
import { createPlanner } from '../../../../packages/federation-router/planning/planner'
import { projectRoot } from '../../../../packages/platform'

const planner = createPlanner(readFileSync(join(projectRoot, 'schema/supergraph.graphql'), 'utf8'))
const summarize = (document: DocumentNode, name?: string) => summarizePlan(planner.plan(document, name).node)

const folder = join(projectRoot, 'client/operations')
const clientDocument = parse(
  readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n'),
)

/** Returns an operation of the client with the fragments that it spreads. */
function findClientOperation(name: string): DocumentNode {
  const used = new Set<string>()
  const definitions = clientDocument.definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION)
  const collect = (node: object) =>
    visit(node as DocumentNode, {
      FragmentSpread({ name: { value } }) {
        if (used.has(value)) return
        used.add(value)
        for (const each of definitions) if (each.name.value === value) collect(each)
      },
    })
  const operation = getOperationAST(clientDocument, name)
  if (!operation) throw new Error(`There is no operation ${name}.`)
  collect(operation)
  return {
    kind: Kind.DOCUMENT,
    definitions: [operation, ...definitions.filter((each) => used.has(each.name.value))],
  }
}

describe('the fetches of the screens of a frontend', () => {
  const screens = createBenchOperations({ posts: ['pst_1'], events: ['evt_1'] })
  const authors = 'post.comments.nodes.author, post.comments.nodes.replies.nodes.author'

  it.each([
    ['feed', 'posts -> (comments at posts.nodes + users at posts.nodes.author)'],
    ['post with thread', `posts -> comments at post -> users at ${authors}, post.author`],
    [
      'event page',
      'events -> ((posts at event -> users at event.posts.nodes.author) + users at event.organizer)',
    ],
  ])('%s', (screen, expected) => {
    const operation = screens.find(({ name }) => name === screen)
    expect(summarize(parse(operation?.document ?? ''))).toBe(expected)
  })

  it('the event page of the client', () => {
    expect(summarize(findClientOperation('EventPage'), 'EventPage')).toBe(
      'events -> posts at event -> ' +
        '(comments at event.posts.nodes + users at event.posts.nodes.author, event.organizer)',
    )
  })

  it('the thread of the client, four levels deep', () => {
    const replies = '.replies.nodes'
    const paths = [0, 1, 2, 3].map((depth) => `post.comments.nodes${replies.repeat(depth)}.author`)
    expect(summarize(findClientOperation('PostWithThread'), 'PostWithThread')).toBe(
      `posts -> ((comments at post -> users at ${paths.join(', ')}, post.author, post.event.organizer)` +
        ' + (events at post.event -> shared users))',
    )
  })
})

it('shows all paths of a merged fetch in the text of a plan', () => {
  const text = formatPlan(
    planner.plan(
      parse(
        'query ($id: ID!) { a: post(id: $id) { author { handle } } b: post(id: $id) { author { handle } } }',
      ),
      undefined,
    ),
  )
  expect(text).toContain('Flatten(path: "a.author, b.author")')
})

it('does not merge fetches in the parts of a condition with others', () => {
  const query = `query ($id: ID!, $isShown: Boolean!) {
    a: post(id: $id) { author { handle } } b: post(id: $id) @include(if: $isShown) { author { handle } }
  }`
  expect(summarize(parse(query))).toBe('posts -> (users at a.author + users at b.author)')
})
