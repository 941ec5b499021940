import { createHash } from 'node:crypto'

import { resolveRequestId } from '../../../../packages/platform/request/requestId'
import { describeOperation } from '../../../../packages/platform/telemetry/operationFields'

it('identifies an operation by its name and the hash of its document', () => {
  const source = 'query Home { me { id } }'
  const hash = createHash('sha256').update(source).digest('hex')
  expect(describeOperation(source, 'Home')).toEqual({
    operationName: 'Home',
    operationHash: hash.slice(0, 16),
  })
})

it('bounds the length of a logged name', () => {
  expect(describeOperation('', 'x'.repeat(1000)).operationName).toHaveLength(100)
})

describe('the request ID', () => {
  it.each(['abc', '0af7651916cd43dd', 'Root=1-67891233-abcdef', 'a'.repeat(128)])('is kept: %s', (id) => {
    expect(resolveRequestId(id)).toBe(id)
  })

  it.each([undefined, '', 'a'.repeat(129), 'two words', 'line\nbreak', '"quoted"', 'é', ['a', 'b']])(
    'is replaced when it is missing or malformed: %j',
    (id) => {
      expect(resolveRequestId(id)).toMatch(/^[\da-f-]{36}$/)
    },
  )
})
