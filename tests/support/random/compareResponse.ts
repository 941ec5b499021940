import type { ClientResponse } from '../federation/engine'
import type { ExpectedResponse, ExpectedFailure } from './referenceExecutor'

type Path = readonly (string | number)[]

/**
 * What is wrong with an answer, as one line each; empty when it is right. Data must be the same text. Errors must tell
 * of the same failures by path and code, but for what federation, or the specification's own freedom, leaves open:
 *
 * - **Order.** Errors of subgraphs come in the order of their answers.
 * - **Below a null.** When several fields fail below one place that becomes null, it is open which of them are told of
 *   (GraphQL specification, "Handling Field Errors"). At least one is; all that are told of did fail.
 * - **A fetch that fails as a whole** is one failure for all fields that it was for. It is told of once, at or above one
 *   of them, where one server would have told of each.
 * - **An entity that is not there.** One server would not have given the reference. Here its required fields take the
 *   nearest nullable place along, and no error says so: to a client there is nothing.
 */
export function findDifferences(expected: ExpectedResponse, answer: ClientResponse): string[] {
  const { data: text, failures, possible } = expected
  const problems: string[] = []
  if (answer.data !== text) problems.push(`data is not ${text}`)
  const data: unknown = JSON.parse(text)

  const told = answer.errors.map(({ path = [], extensions }) => ({
    path,
    code: String(extensions?.['code'] ?? 'INTERNAL_SERVER_ERROR'),
  }))
  const names = told.map(({ path, code }) => `${path.join('.')} ${code}`)
  problems.push(
    ...names.filter((name, index) => names.indexOf(name) < index).map((name) => `told of twice: ${name}`),
  )

  const tells = (error: { path: Path; code: string }, failure: ExpectedFailure): boolean =>
    error.code === failure.code &&
    (failure.cause === 'outage' ? isWithin(failure.path, error.path) : isSame(failure.path, error.path))

  for (const error of told) {
    const isTrue = possible.some((failure) => failure.cause !== 'absent' && tells(error, failure))
    if (!isTrue) problems.push(`nothing fails so: ${error.path.join('.')} ${error.code}`)
  }
  for (const failure of failures) {
    if (failure.cause === 'absent') continue
    const place = nullPlace(data, failure.path)
    const isTold =
      (failure.cause === 'outage' && told.some(({ code }) => code === failure.code)) ||
      told.some((error) => tells(error, failure)) ||
      (place.length < failure.path.length && told.some((error) => isWithin(error.path, place))) ||
      possible.some(({ cause, path }) => cause === 'absent' && isWithin(path, place))
    if (!isTold) problems.push(`not told of: ${failure.path.join('.')} ${failure.code}`)
  }
  return problems
}

const isWithin = (path: Path, place: Path): boolean => place.every((step, index) => path[index] === step)
const isSame = (a: Path, b: Path): boolean => a.length === b.length && isWithin(a, b)

/** Where a failure at `path` shows in the data: the place that became null. */
function nullPlace(data: unknown, path: Path): Path {
  let value = data
  for (const [index, step] of path.entries()) {
    if (value === null) return path.slice(0, index)
    value = typeof value === 'object' ? Reflect.get(value, step) : undefined
  }
  return path
}
