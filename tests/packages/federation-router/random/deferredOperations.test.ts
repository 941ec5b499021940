import fc from 'fast-check'
import { getOperationAST, parse, validate } from 'graphql'

import { createAgoraExecutor } from '../../../../packages/federation-router/executors/agora/executor'
import { createPlanner } from '../../../../packages/federation-router/planning/planner'
import { writeParts } from '../../../../packages/federation-router/request/incrementalResponse'
import { isObject } from '../../../../packages/platform'
import { createInMemoryTransport } from '../../../support/federation/engine'
import { createFakeData } from '../../../support/random/fakeData'
import { createFakeSubgraphs } from '../../../support/random/fakeSubgraphs'
import {
  composeOverlappingSchema,
  readFederatedSchema,
  type FederatedSchema,
} from '../../../support/random/federatedSchema'
import { mergeParts, type MergedResponse } from '../../../support/random/mergeParts'
import { insertDefer } from '../../../support/random/randomDefer'
import { choices, writeOperation } from '../../../support/random/randomOperation'

// The reference is the same operation for a client that receives the whole response; randomOperations.test.ts tests that one.

const isFull = process.env['FULL'] === '1'
const numRuns = isFull ? 2_000 : 150
const seed = Number(process.env['SEED'] ?? (isFull ? Date.now() % 2 ** 31 : 20_30))

const trial = fc.record({
  choices,
  deferSeed: fc.nat(),
  dataSeed: fc.nat(),
  rate: fc.constantFrom(0, 0, 0.05, 0.15),
  outage: fc.option(fc.constantFrom('users', 'posts', 'comments', 'feed', 'texts', 'ratings'), { freq: 6 }),
  format: fc.constantFrom<('deferSpec=20220824' | 'incrementalSpec=v0.2')[]>(
    'deferSpec=20220824',
    'incrementalSpec=v0.2',
  ),
})
type Trial = typeof trial extends fc.Arbitrary<infer Value> ? Value : never
type Path = readonly (string | number)[]

function createSuite(schema: FederatedSchema) {
  const transport = createInMemoryTransport()
  const executor = createAgoraExecutor({ planner: createPlanner(schema.supergraph), transport })
  return { schema, transport, executor, serve: createFakeSubgraphs(schema), deferredCount: 0 }
}

async function executeBoth(suite: ReturnType<typeof createSuite>, value: Trial) {
  const { schema, transport, executor, serve } = suite
  const { text, variables } = writeOperation(schema.api, 'query', value.choices)
  const source = insertDefer(text, value.deferSeed)
  const document = parse(source)
  const invalid = validate(executor.schema, document)
  if (invalid.length > 0) throw new Error(`The operation is invalid: ${invalid.join('\n')}\n${source}`)
  const operation = getOperationAST(document)
  if (!operation) throw new Error('There is no operation.')
  const { rate, outage } = value
  const faults = {
    rate,
    outage: outage === null ? null : { service: outage, kind: 'unreachable' as const },
  }
  const planned = executor.plan({ source, document, operation })
  const send = () => serve(createFakeData(value.dataSeed, faults, schema), 'proper')
  const whole = await transport.sendingWith(send(), (context) => planned.execute(variables, context))
  if (whole.texts) throw new Error('The first execution takes the standard path.')
  const parts = await transport.sendingWith(send(), async (context) => {
    const texts: string[] = []
    if (!planned.deferred) return undefined
    suite.deferredCount++
    const outcome = await planned.deferred.execute(variables, context)
    const written = writeParts(outcome, {
      format: value.format,
      formatErrors: (errors) => JSON.parse(JSON.stringify(errors)) as never,
      createExtensions: () => undefined,
      onEnd: () => undefined,
    })
    for await (const part of written) texts.push(part)
    return texts
  })
  const expected = JSON.parse(JSON.stringify(whole)) as { data: unknown; errors: unknown[] }
  return { source, variables, expected, parts }
}

/**
 * Returns the differences of merged parts. A null of the whole response may end at the boundary of a failed fragment, where
 * another fragment may have delivered the object that is null.
 */
function findDifferences(
  expected: unknown,
  merged: unknown,
  failed: readonly Path[],
  path: Path = [],
): string[] {
  const here = path.join('.')
  const isAbove = failed.some((each) => path.every((element, index) => each[index] === element))
  const isWithin = failed.some((each) => each.every((element, index) => path[index] === element))
  if (expected === null) return merged === null || isAbove || isWithin ? [] : [`${here} should be null`]
  if (Array.isArray(expected)) {
    if (!Array.isArray(merged) || merged.length !== expected.length) return [`${here} should be a list`]
    return expected.flatMap((item, index) => findDifferences(item, merged[index], failed, [...path, index]))
  }
  if (!isObject(expected)) return expected === merged ? [] : [`${here} should be ${JSON.stringify(expected)}`]
  if (!isObject(merged)) return [`${here} should be an object`]
  const mayMiss = failed.some((each) => each.length === path.length && isAbove && each.join() === path.join())
  return [
    ...Object.keys(merged).flatMap((key) => (Object.hasOwn(expected, key) ? [] : [`${here} has ${key}`])),
    ...Object.keys(expected).flatMap((key) => {
      if (Object.hasOwn(merged, key))
        return findDifferences(expected[key], merged[key], failed, [...path, key])
      return mayMiss ? [] : [`${here} lacks ${key}`]
    }),
  ]
}

async function reportDifferences(suite: ReturnType<typeof createSuite>, value: Trial) {
  const { source, variables, expected, parts } = await executeBoth(suite, value)
  if (!parts) return undefined
  const report = (differences: readonly string[]) =>
    [...differences, source, JSON.stringify(variables), JSON.stringify(expected), ...parts].join('\n')
  let merged: MergedResponse
  try {
    merged = mergeParts(parts)
  } catch (error) {
    return report([String(error)])
  }
  const differences = findDifferences(expected.data, merged.data, merged.failed)
  // A fragment of an entity that does not exist fails with an error; in the whole response, the object is null.
  if (merged.failed.length === 0 && expected.errors.length > 0 !== merged.errors.length > 0)
    differences.push('errors differ')
  const reported = merged.errors.map(({ path, message }) => JSON.stringify([path, message]))
  if (merged.failed.length === 0 && new Set(reported).size < reported.length)
    differences.push('an error is reported twice')
  return differences.length > 0 ? report(differences) : undefined
}

test.each([
  ['of the repository’s schema', readFederatedSchema],
  ['of a schema of unions and interfaces', composeOverlappingSchema],
])(
  `delivers the whole response in parts for ${numRuns} random operations %s`,
  async (_name, readSchema) => {
    const suite = createSuite(readSchema())
    const found = await fc.check(
      fc.asyncProperty(trial, async (value) => (await reportDifferences(suite, value)) === undefined),
      { numRuns, seed },
    )
    expect(suite.deferredCount).toBeGreaterThan(numRuns / 4)
    if (!found.failed) return
    const smallest = found.counterexample?.[0]
    const report = smallest && (await reportDifferences(suite, smallest).catch((error: Error) => error.stack))
    throw new Error(`Seed ${found.seed}, path ${found.counterexamplePath}.\n${report}`)
  },
  600_000,
)
