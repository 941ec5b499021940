import { parseOptions } from '@node-rs/argon2'
import { randomBytes } from 'node:crypto'

import { Refused } from '../../../subgraphs/shared/errors'
import { InputCheck } from '../../../subgraphs/shared/inputCheck'
import { accountLimit, secondsUntilForgotten } from '../../../subgraphs/users/failure'
import { administratorsAfter, takesLastAdministrator, type RoleChange } from '../../../subgraphs/users/ledger'
import { argon2Costs, argon2idHasher, createUnmatchableHash } from '../../../subgraphs/users/passwords'
import {
  createRefreshToken,
  readRefreshToken,
  seal,
  succeed,
  unseal,
} from '../../../subgraphs/users/refreshToken'
import { standingOf, withExchange, type Session } from '../../../subgraphs/users/session'
import { createSlots } from '../../../subgraphs/users/slots'
import { emailKey, readHandle } from '../../../subgraphs/users/user'

describe('a password', () => {
  test('has the same hash however its characters are composed', async () => {
    const hash = await argon2idHasher.hash('Ångström')
    expect(await argon2idHasher.verify(hash, 'A\u030angstro\u0308m')).toBe(true)
    expect(await argon2idHasher.verify(hash, 'Angstrom')).toBe(false)
  })

  test('that nobody has costs as much to check as a true one', async () => {
    const unmatchable = createUnmatchableHash()
    const real = parseOptions(await argon2idHasher.hash('a true one'))
    expect(parseOptions(unmatchable)).toEqual(real)
    expect(real).toMatchObject(argon2Costs)
    expect(await argon2idHasher.verify(unmatchable, '')).toBe(false)
  })
})

describe('slots', () => {
  test('let few in at a time, in the order they came, and turn away who would wait too long', async () => {
    const slots = createSlots(2, 3)
    const order: number[] = []
    let inside = 0
    let most = 0
    const work = (index: number) => async () => {
      most = Math.max(most, ++inside)
      order.push(index)
      await new Promise((resolve) => setImmediate(resolve))
      inside--
      if (index === 1) throw new Error('fails')
      return index
    }
    const results = await Promise.allSettled([0, 1, 2, 3, 4, 5].map((index) => slots.run(work(index))))
    expect(order).toEqual([0, 1, 2, 3, 4])
    expect(most).toBe(2)
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
    ])
    expect(results[5]).toMatchObject({ reason: { code: 'RATE_LIMITED' } })
    await expect(slots.run(work(6))).resolves.toBe(6)
  })
})

describe('a refresh token', () => {
  const secret = randomBytes(32)

  test('and its successor are of one family and otherwise unlike', () => {
    const token = createRefreshToken()
    const next = succeed(token)
    expect(next.sessionId).toBe(token.sessionId)
    expect(next.hash).not.toBe(token.hash)
    expect(createRefreshToken().sessionId).not.toBe(token.sessionId)
    expect(readRefreshToken(next.text)).toEqual(next)
    expect(readRefreshToken(`${next.text}x`)).toBeUndefined()
  })

  test('opens what it has sealed, with the same secret alone', () => {
    const token = createRefreshToken()
    const sealed = seal(secret, token, 'the answer')
    expect(unseal(secret, token, sealed)).toBe('the answer')
    expect(unseal(secret, succeed(token), sealed)).toBeUndefined()
    expect(unseal(randomBytes(32), token, sealed)).toBeUndefined()
    expect(unseal(secret, token, sealed.slice(0, -4))).toBeUndefined()
    expect(unseal(secret, token, '')).toBeUndefined()
  })
})

describe('a session', () => {
  const at = new Date('2026-05-05T05:05:05.000Z')
  const later = (milliseconds: number) => new Date(at.getTime() + milliseconds)
  const session: Session = {
    id: 'family',
    userId: 'somebody',
    epoch: 0,
    tokenHash: 'now',
    exchanges: [{ tokenHash: 'before', at, sealedAnswer: '' }],
    expiresAt: later(60_000),
  }

  test.each<[string, number, string]>([
    ['now', 0, 'current'],
    ['now', 59_999, 'current'],
    ['now', 60_000, 'expired'],
    ['before', 10_000, 'repeated'],
    ['before', 10_001, 'reused'],
    ['before', 60_000, 'expired'],
    ['long ago', 0, 'reused'],
  ])('whose token "%s" comes after %d ms: %s', (hash, milliseconds, phase) => {
    expect(standingOf(session, hash, later(milliseconds)).phase).toBe(phase)
  })

  test('keeps the exchanges of 10 s, 20 at most', () => {
    const exchange = (milliseconds: number) => ({
      tokenHash: `${milliseconds}`,
      at: later(milliseconds),
      sealedAnswer: '',
    })
    expect(withExchange(session, exchange(10_000)).map(({ tokenHash }) => tokenHash)).toEqual([
      'before',
      '10000',
    ])
    expect(withExchange(session, exchange(10_001)).map(({ tokenHash }) => tokenHash)).toEqual(['10001'])
    const many = { ...session, exchanges: Array.from({ length: 20 }, (_, index) => exchange(index)) }
    const kept = withExchange(many, exchange(20))
    expect(kept).toHaveLength(20)
    expect(kept.at(-1)).toEqual(exchange(20))
  })
})

describe('the ledger', () => {
  const ledger = (...administrators: string[]) => ({ version: 1, administrators, pending: null })
  const role = (userId: string, role: 'ADMIN' | 'MODERATOR'): RoleChange => ({ kind: 'role', userId, role })
  const removal = (userId: string): RoleChange => ({ kind: 'removal', userId })

  test.each<[string, string[], RoleChange, string[], boolean]>([
    ['a promotion', ['a'], role('b', 'ADMIN'), ['a', 'b'], false],
    ['the first promotion', [], role('b', 'ADMIN'), ['b'], false],
    ['a promotion of one who is', ['a'], role('a', 'ADMIN'), ['a'], false],
    ['a demotion', ['a', 'b'], role('a', 'MODERATOR'), ['b'], false],
    ['the last demotion', ['a'], role('a', 'MODERATOR'), [], true],
    ['the last removal', ['a'], removal('a'), [], true],
    ['the removal of somebody else', ['a'], removal('b'), ['a'], false],
    ['a removal where there is none', [], removal('b'), [], false],
  ])('%s', (_, before, change, after, last) => {
    expect(administratorsAfter(ledger(...before), change)).toEqual(after)
    expect(takesLastAdministrator(ledger(...before), change)).toBe(last)
  })
})

describe('failures', () => {
  test('of one account have one key, which does not show the address', () => {
    expect(accountLimit(' Ada@Example.org')).toEqual(accountLimit('ada@example.org'))
    expect(accountLimit('ada@example.org').key).not.toContain('ada')
  })

  test('are forgotten after 15 minutes, told in whole seconds', () => {
    const at = new Date('2026-05-05T05:05:05.000Z')
    expect(secondsUntilForgotten(at, at)).toBe(900)
    expect(secondsUntilForgotten(at, new Date(at.getTime() + 899_001))).toBe(1)
    expect(secondsUntilForgotten(at, new Date(at.getTime() + 1_000_000))).toBe(1)
  })
})

describe('names', () => {
  test('handles are folded; emails are compared without case and however their characters are composed', () => {
    const check = new InputCheck()
    expect(readHandle(check, 'handle', ' Ada_1 ')).toBe('ada_1')
    expect(() => check.done()).not.toThrow(Refused)
    expect(emailKey(' JÜRGEN@example.org ')).toBe(emailKey('ju\u0308rgen@EXAMPLE.org'))
  })
})
