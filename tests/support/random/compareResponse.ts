import type { ClientResponse } from '../federation/engine'
import type { ExpectedResponse, ExpectedFailure } from './referenceExecutor'

type Path = readonly (string | number)[]

/**
 * Returns the differences of a response, one line for each difference. Data must be the same text. Errors must report the same
 * failures by path and code, except for the freedom that federation or the specification allows:
 *
 * - **Order.** Errors of subgraphs are in the order of their responses.
 * - **Below a null.** When several fields fail below one null, any of them may be reported (GraphQL specification, "Handling
 *   Field Errors"). At least one is, and all reported ones did fail.
 * - **A failed fetch** is one failure of all of its fields. It is reported once, at or above one of them, where a single server
 *   would report each.
 * - **A missing entity.** A single server would not have returned the reference. Here, a required field of it makes the nearest
 *   nullable parent null without an error: the entity does not exist for the client.
 */
export function findDifferences(expected: ExpectedResponse, response: ClientResponse): string[] {
  const { data: text, failures, possible } = expected
  const differences: string[] = []
  if (response.data !== text) differences.push(`data is not ${text}`)
  const data: unknown = JSON.parse(text)

  const reported = response.errors.map(({ path = [], extensions }) => ({
    path,
    code: String(extensions?.['code'] ?? 'INTERNAL_SERVER_ERROR'),
  }))
  const names = reported.map(({ path, code }) => `${path.join('.')} ${code}`)
  differences.push(
    ...names.filter((name, index) => names.indexOf(name) < index).map((name) => `reported twice: ${name}`),
  )

  const reports = (error: { path: Path; code: string }, failure: ExpectedFailure): boolean =>
    error.code === failure.code &&
    (failure.cause === 'outage' ? isWithin(failure.path, error.path) : isSame(failure.path, error.path))

  for (const error of reported) {
    const hasFailed = possible.some((failure) => failure.cause !== 'absent' && reports(error, failure))
    if (!hasFailed) differences.push(`reported without a failure: ${error.path.join('.')} ${error.code}`)
  }
  for (const failure of failures) {
    if (failure.cause === 'absent') continue
    const nullPath = findNullPath(data, failure.path)
    const isReported =
      (failure.cause === 'outage' && reported.some(({ code }) => code === failure.code)) ||
      reported.some((error) => reports(error, failure)) ||
      (nullPath.length < failure.path.length && reported.some((error) => isWithin(error.path, nullPath))) ||
      possible.some(({ cause, path }) => cause === 'absent' && isWithin(path, nullPath))
    if (!isReported) differences.push(`not reported: ${failure.path.join('.')} ${failure.code}`)
  }
  return differences
}

const isWithin = (path: Path, prefix: Path): boolean => prefix.every((step, index) => path[index] === step)
const isSame = (a: Path, b: Path): boolean => a.length === b.length && isWithin(a, b)

/** Returns the path of the null that a failure at `path` causes. */
function findNullPath(data: unknown, path: Path): Path {
  let value = data
  for (const [index, step] of path.entries()) {
    if (value === null) return path.slice(0, index)
    value = typeof value === 'object' ? Reflect.get(value, step) : undefined
  }
  return path
}
