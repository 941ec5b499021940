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

// The reference is a single server with the whole schema: graphql-js on the same fake data. `findDifferences` documents which
// differences are allowed. SEED repeats a run; a full run takes a new seed each time.

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
  dataSeed: fc.nat(),
  faults,
  mode: fc.constantFrom<ResolverMode[]>('proper', 'raw'),
  path: fc.constantFrom<('fast' | 'standard')[]>('fast', 'standard'),
})
type Trial = typeof trial extends fc.Arbitrary<infer Value> ? Value : never

interface Suite {
  schema: FederatedSchema
  executeReference: ReturnType<typeof createReferenceExecutor>
  serve: ReturnType<typeof createFakeSubgraphs>
  engines: { fast: ExecutionEngine; standard: ExecutionEngine }
}

function createSuite(schema: FederatedSchema): Suite {
  return {
    schema,
    executeReference: createReferenceExecutor(schema),
    serve: createFakeSubgraphs(schema),
    engines: {
      fast: createAgoraEngine(schema.supergraph, 0),
      standard: createAgoraEngine(schema.supergraph, Infinity),
    },
  }
}

/** Executes one operation on both sides. @returns a report of the differences with all inputs; undefined if there are none */
async function reportDifferences(
  { schema, executeReference, serve, engines }: Suite,
  { kind, choices, dataSeed, faults, mode, path }: Trial,
): Promise<string | undefined> {
  const { text, variables } = writeOperation(schema.api, kind, choices)
  const document = parse(text)
  const invalid = validate(schema.api, document)
  if (invalid.length > 0)
    throw new Error(`The generated operation is invalid: ${invalid.join('\n')}\n${text}`)
  const fakeData = createFakeData(dataSeed, faults, schema)
  const expected = executeReference(fakeData, document, variables)
  const response = await engines[path].execute({ query: text, variables }, serve(fakeData, mode))
  const differences = findDifferences(expected, response)
  if (differences.length === 0) return undefined
  return [
    ...differences,
    `operation: ${text}`,
    `variables: ${JSON.stringify(variables)}`,
    `inputs: ${JSON.stringify({ dataSeed, faults, mode, path })}`,
    `data:   ${response.data}`,
    `errors: ${JSON.stringify(response.errors)}`,
    `failures that a single server reports: ${JSON.stringify(expected.failures)}`,
  ].join('\n')
}

test.each([
  ['of the repository’s schema', readFederatedSchema],
  ['of a schema of unions and interfaces', composeOverlappingSchema],
])(
  `returns the response of a single server for ${numRuns} random operations %s`,
  async (_name, readSchema) => {
    const suite = createSuite(readSchema())
    const found = await fc.check(
      fc.asyncProperty(trial, async (value) => (await reportDifferences(suite, value)) === undefined),
      { numRuns, seed },
    )
    if (!found.failed) return
    const smallest = found.counterexample?.[0]
    const report = smallest && (await reportDifferences(suite, smallest).catch((error: Error) => error.stack))
    throw new Error(
      `Seed ${found.seed}, path ${found.counterexamplePath}, ${found.numShrinks} shrinks.\n${report}`,
    )
  },
  600_000,
)
