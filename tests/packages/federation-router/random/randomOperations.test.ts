import fc from 'fast-check'
import { parse, validate } from 'graphql'

import type { ExecutionEngine } from '../../../support/federation/engine'
import { createAgoraEngine } from '../../../support/federation/agoraEngine'
import { findDifferences } from '../../../support/random/compareResponse'
import {
  composeOverlappingSchema,
  readFederatedSchema,
  type FederatedSchema,
} from '../../../support/random/federatedSchema'
import { createReferenceExecutor } from '../../../support/random/referenceExecutor'
import { choices, writeOperation } from '../../../support/random/randomOperation'
import { createFakeSubgraphs, type ResolverMode } from '../../../support/random/fakeSubgraphs'
import { createFakeData, type Faults } from '../../../support/random/fakeData'

// The measure is one server with the whole schema: graphql-js on the same made-up data. What may differ, and why, says
// `differences`. SEED repeats a run; a full run takes a new seed each time.

const isFull = process.env['FULL'] === '1'
const numRuns = isFull ? 2_000 : 200
const seed = Number(process.env['SEED'] ?? (isFull ? Date.now() % 2 ** 31 : 20_30))

const services = ['users', 'events', 'posts', 'comments', 'feed', 'texts', 'ratings']
const faults: fc.Arbitrary<Faults> = fc.record({
  rate: fc.constantFrom(0, 0.05, 0.15),
  outage: fc.option(
    fc.record({
      service: fc.constantFrom(...services),
      kind: fc.constantFrom<('unreachable' | 'refused')[]>('unreachable', 'refused'),
    }),
    { freq: 4 },
  ),
})

const trial = fc.record({
  kind: fc.constantFrom<('query' | 'mutation')[]>('query', 'query', 'query', 'mutation'),
  choices,
  world: fc.nat(),
  faults,
  manner: fc.constantFrom<ResolverMode[]>('proper', 'raw'),
  path: fc.constantFrom<('direct' | 'complete')[]>('direct', 'complete'),
})
type Trial = typeof trial extends fc.Arbitrary<infer Value> ? Value : never

interface Suite {
  facts: FederatedSchema
  merged: ReturnType<typeof createReferenceExecutor>
  serve: ReturnType<typeof createFakeSubgraphs>
  own: { direct: ExecutionEngine; complete: ExecutionEngine }
}

function createSuite(facts: FederatedSchema): Suite {
  return {
    facts,
    merged: createReferenceExecutor(facts),
    serve: createFakeSubgraphs(facts),
    own: {
      direct: createAgoraEngine(facts.supergraph, 0),
      complete: createAgoraEngine(facts.supergraph, Infinity),
    },
  }
}

/** Runs one operation on both sides; a text that says what differs and how to see it again, or undefined. */
async function problemOf(
  { facts, merged, serve, own }: Suite,
  { kind, choices, world: worldSeed, faults, manner, path }: Trial,
): Promise<string | undefined> {
  const { text, variables } = writeOperation(facts.api, kind, choices)
  const document = parse(text)
  const mistakes = validate(facts.api, document)
  if (mistakes.length > 0)
    throw new Error(`The generator wrote no valid operation: ${mistakes.join('\n')}\n${text}`)
  const world = createFakeData(worldSeed, faults, facts)
  const expected = merged(world, document, variables)
  const answer = await own[path].execute({ query: text, variables }, serve(world, manner))
  const problems = findDifferences(expected, answer)
  if (problems.length === 0) return undefined
  return [
    ...problems,
    `operation: ${text}`,
    `variables: ${JSON.stringify(variables)}`,
    `world: ${JSON.stringify({ world: worldSeed, faults, manner, path })}`,
    `data:   ${answer.data}`,
    `errors: ${JSON.stringify(answer.errors)}`,
    `failures that one server reports: ${JSON.stringify(expected.failures)}`,
  ].join('\n')
}

test.each([
  ['of the repository’s schema', readFederatedSchema],
  ['of a schema of unions and interfaces', composeOverlappingSchema],
])(
  `${numRuns} random operations %s are answered as by one server`,
  async (_name, factsOf) => {
    const suite = createSuite(factsOf())
    const found = await fc.check(
      fc.asyncProperty(trial, async (value) => (await problemOf(suite, value)) === undefined),
      { numRuns, seed },
    )
    if (!found.failed) return
    const smallest = found.counterexample?.[0]
    const report = smallest && (await problemOf(suite, smallest).catch((error: Error) => error.stack))
    throw new Error(
      `Seed ${found.seed}, path ${found.counterexamplePath}, ${found.numShrinks} shrinks.\n${report}`,
    )
  },
  600_000,
)
