import '../../packages/platform/sourceMaps'

import { buildSchema, type GraphQLSchema } from 'graphql'
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

import { parseManifest } from '../../packages/federation-router'
import { projectRoot } from '../../packages/platform'
import { CommandError, parseOptions, runCommand } from '../command'
import { errorMessage } from '../errorText'
import { checkSchema } from './checkSchema'

const inSchema = (...path: string[]) => join(projectRoot, 'schema', ...path)
const releasedSchema = inSchema('released', 'api.graphql')
const releasedDocuments = inSchema('released', 'trustedDocuments.json')

const usage = `Usage: npm run schema:check -- [BASE [MANIFEST …]]

Compares schema/api.graphql with the API schema in the file BASE, by default that of the last release (schema/released/api.graphql), and names the
operations that it breaks: those of manifests of trusted documents, by default of the released client (schema/released/trustedDocuments.json).

Exit status: 0 no breaking change; 1 a change or an operation that breaks; 2 invalid arguments.`

runCommand(usage, async (args) => {
  const { positionals } = parseOptions(args, {})
  const [base = releasedSchema, ...manifests] = positionals
  const documents = (manifests.length > 0 ? manifests : [releasedDocuments]).flatMap((file) => [
    ...readFrom(file, parseManifest).values(),
  ])
  const changed = readSchema(inSchema('api.graphql'))
  const check = await checkSchema(readSchema(base), changed, documents)
  for (const { message } of check.dangerous) console.log(`dangerous: ${message}`)
  for (const { message } of check.breaking) console.log(`BREAKING: ${message}`)
  for (const { name, messages } of check.brokenOperations)
    console.log(`BREAKS the operation ${name}: ${messages.join(' ')}`)
  const { breaking, dangerous, brokenOperations } = check
  console.log(
    `${breaking.length} breaking and ${dangerous.length} dangerous changes since ${relative(process.cwd(), base)}; ` +
      `${brokenOperations.length} of ${documents.length} operations break.`,
  )
  return breaking.length + brokenOperations.length === 0 ? 0 : 1
})

function readSchema(file: string): GraphQLSchema {
  return readFrom(file, buildSchema)
}

/** @throws CommandError for a file that cannot be used */
function readFrom<Content>(file: string, parse: (text: string) => Content): Content {
  try {
    return parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new CommandError(`${file} cannot be used: ${errorMessage(error)}`)
  }
}
