import { DomainError } from '../../packages/platform/errors'
import { derivedId, isId, newId, readIdType, requireId, type IdType } from '../../schema/ids'

const types: [IdType, string][] = [
  ['User', 'usr'],
  ['Event', 'evt'],
  ['Registration', 'reg'],
  ['Post', 'pst'],
  ['Comment', 'cmt'],
  ['Notification', 'ntf'],
  ['Report', 'rpt'],
  ['ModerationAction', 'act'],
]

it.each(types)('begins IDs of %s with their prefix', (type, prefix) => {
  const form = new RegExp(`^${prefix}_[0-9a-f]{32}$`)
  expect(newId(type)).toMatch(form)
  expect(derivedId(type, 'source', 'rows/1')).toMatch(form)
  for (const [other] of types) expect(isId(other, newId(type))).toBe(other === type)
  expect(readIdType(newId(type))).toBe(type)
})

it('creates unique IDs in the order of their time', () => {
  const ids = [1, 2, 0xffff, 2_000_000_000_000].map((time) => newId('Post', time))
  expect([...ids].sort()).toEqual(ids)
  expect(new Set(Array.from({ length: 1000 }, () => newId('Post', 1))).size).toBe(1000)
})

it('derives an ID from type, source and row alone', () => {
  const id = derivedId('User', 'a', 'users/1')
  expect(derivedId('User', 'a', 'users/1')).toBe(id)
  const others = [derivedId('User', 'b', 'users/1'), derivedId('User', 'a', 'users/2')]
  expect(others).not.toContain(id)
  expect(derivedId('Post', 'a', 'users/1').slice(4)).not.toBe(id.slice(4))
})

it.each([
  '',
  'pst_',
  'pst_123',
  `pst_${'0'.repeat(33)}`,
  `pst_${'g'.repeat(32)}`,
  `pst_${'A'.repeat(32)}`,
  `pst_${'0'.repeat(31)}\n`,
  ` pst_${'0'.repeat(31)}`,
  `pstx${'0'.repeat(32)}`,
  `usr_${'0'.repeat(32)}`,
])('rejects %j as the ID of a post', (value) => {
  expect(isId('Post', value)).toBe(false)
  const argument = ['input', 'postId']
  expect(() => requireId('Post', value, argument)).toThrow(DomainError)
  try {
    requireId('Post', value, argument)
  } catch (error) {
    expect(error).toMatchObject({ code: 'BAD_USER_INPUT', details: { argument } })
  }
})
