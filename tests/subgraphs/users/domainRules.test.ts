import { parseOptions } from '@node-rs/argon2'
import { randomBytes } from 'node:crypto'

import { MutationRejectedError } from '../../../packages/platform/errors'
import { InputValidator } from '../../../packages/subgraph-kit/input/inputValidator'
import { createDeviceToken, verifyDeviceToken } from '../../../subgraphs/users/domain/deviceToken'
import { listPasswordAttemptCharges } from '../../../subgraphs/users/domain/passwordAttemptLimits'
import {
  applyRoleChange,
  removesLastAdministrator,
  type RoleChange,
} from '../../../subgraphs/users/domain/adminRegistry'
import {
  argon2Costs,
  argon2idHasher,
  createUnmatchableHash,
} from '../../../subgraphs/users/service/passwordHasher'
import {
  createRefreshToken,
  deriveExchangeKey,
  parseRefreshToken,
  rotateRefreshToken,
} from '../../../subgraphs/users/domain/refreshToken'
import { sealText, unsealText } from '../../../subgraphs/users/domain/sealing'
import { getRefreshTokenState, appendExchange, type Session } from '../../../subgraphs/users/domain/session'
import { createConcurrencyLimiter } from '../../../subgraphs/users/service/concurrencyLimiter'
import { toEmailKey, readHandle } from '../../../subgraphs/users/domain/user'

describe('argon2idHasher', () => {
  test('verifies a password in any Unicode composition', async () => {
    const hash = await argon2idHasher.hash('Ångström')
    expect(await argon2idHasher.verify(hash, 'A\u030angstro\u0308m')).toBe(true)
    expect(await argon2idHasher.verify(hash, 'Angstrom')).toBe(false)
  })

  test('verifies an unmatchable hash at the cost of a real one', async () => {
    const unmatchable = createUnmatchableHash()
    const real = parseOptions(await argon2idHasher.hash('a real password'))
    expect(parseOptions(unmatchable)).toEqual(real)
    expect(real).toMatchObject(argon2Costs)
    expect(await argon2idHasher.verify(unmatchable, '')).toBe(false)
  })
})

describe('createConcurrencyLimiter', () => {
  test('limits concurrent tasks, keeps their order and rejects tasks when the queue is full', async () => {
    const limiter = createConcurrencyLimiter(2, { maxWaiting: 3 })
    const order: number[] = []
    let running = 0
    let maxRunning = 0
    const work = (index: number) => async () => {
      maxRunning = Math.max(maxRunning, ++running)
      order.push(index)
      await new Promise((resolve) => setImmediate(resolve))
      running--
      if (index === 1) throw new Error('fails')
      return index
    }
    const results = await Promise.allSettled([0, 1, 2, 3, 4, 5].map((index) => limiter.run(work(index))))
    expect(order).toEqual([0, 1, 2, 3, 4])
    expect(maxRunning).toBe(2)
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
    ])
    expect(results[5]).toMatchObject({ reason: { code: 'RATE_LIMITED' } })
    await expect(limiter.run(work(6))).resolves.toBe(6)
  })

  test('keeps room in the queue for other groups when one group fills its share', async () => {
    const limiter = createConcurrencyLimiter(1, { maxWaiting: 5, maxWaitingPerGroup: 2 })
    const run = (group: string) => limiter.run(() => Promise.resolve(group), group)
    const results = await Promise.allSettled([run('a'), run('a'), run('a'), run('a'), run('b')])
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    await expect(Promise.all([run('a'), run('a'), run('a')])).resolves.toHaveLength(3)
  })

  test('serves groups round-robin', async () => {
    const limiter = createConcurrencyLimiter(1)
    const order: string[] = []
    const run = (group: string) => limiter.run(() => Promise.resolve(order.push(group)), group)
    await Promise.all(['a', 'a', 'a', 'a', 'b', 'b', 'c'].map(run))
    expect(order).toEqual(['a', 'a', 'b', 'c', 'a', 'b', 'a'])
  })
})

describe('a refresh token', () => {
  const secret = randomBytes(32)

  test('shares only its family with its successor', () => {
    const token = createRefreshToken()
    const next = rotateRefreshToken(token)
    expect(next.sessionId).toBe(token.sessionId)
    expect(next.hash).not.toBe(token.hash)
    expect(createRefreshToken().sessionId).not.toBe(token.sessionId)
    expect(parseRefreshToken(next.text)).toEqual(next)
    expect(parseRefreshToken(`${next.text}x`)).toBeUndefined()
  })

  test('decrypts a sealed text only together with the same secret', () => {
    const token = createRefreshToken()
    const sealed = sealText(deriveExchangeKey(secret, token), 'the answer')
    expect(unsealText(deriveExchangeKey(secret, token), sealed)).toBe('the answer')
    expect(unsealText(deriveExchangeKey(secret, rotateRefreshToken(token)), sealed)).toBeUndefined()
    expect(unsealText(deriveExchangeKey(randomBytes(32), token), sealed)).toBeUndefined()
    expect(unsealText(deriveExchangeKey(secret, token), sealed.slice(0, -4))).toBeUndefined()
    expect(unsealText(deriveExchangeKey(secret, token), '')).toBeUndefined()
  })
})

describe('a session', () => {
  const at = new Date('2026-05-05T05:05:05.000Z')
  const later = (milliseconds: number) => new Date(at.getTime() + milliseconds)
  const session: Session = {
    id: 'family',
    userId: 'usr_1',
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
  ])('classifies token "%s" after %d ms as %s', (hash, milliseconds, phase) => {
    expect(getRefreshTokenState(session, hash, later(milliseconds)).phase).toBe(phase)
  })

  test('keeps the exchanges of 10 s, at most 20', () => {
    const exchange = (milliseconds: number) => ({
      tokenHash: `${milliseconds}`,
      at: later(milliseconds),
      sealedAnswer: '',
    })
    expect(appendExchange(session, exchange(10_000)).map(({ tokenHash }) => tokenHash)).toEqual([
      'before',
      '10000',
    ])
    expect(appendExchange(session, exchange(10_001)).map(({ tokenHash }) => tokenHash)).toEqual(['10001'])
    const many = { ...session, exchanges: Array.from({ length: 20 }, (_, index) => exchange(index)) }
    const kept = appendExchange(many, exchange(20))
    expect(kept).toHaveLength(20)
    expect(kept.at(-1)).toEqual(exchange(20))
  })
})

describe('the admin registry', () => {
  const registry = (...administrators: string[]) => ({ version: 1, administrators, pending: null })
  const role = (userId: string, role: 'ADMIN' | 'MODERATOR'): RoleChange => ({ kind: 'role', userId, role })
  const removal = (userId: string): RoleChange => ({ kind: 'removal', userId })
  const suspension = (userId: string, isLifted = false): RoleChange => ({
    kind: 'role',
    userId,
    role: 'ADMIN',
    suspension: isLifted ? null : { since: new Date(), until: null, reason: null },
  })

  test.each<[string, string[], RoleChange, string[], boolean]>([
    ['a promotion', ['a'], role('b', 'ADMIN'), ['a', 'b'], false],
    ['the first promotion', [], role('b', 'ADMIN'), ['b'], false],
    ['a promotion of an administrator', ['a'], role('a', 'ADMIN'), ['a'], false],
    ['a demotion', ['a', 'b'], role('a', 'MODERATOR'), ['b'], false],
    ['the last demotion', ['a'], role('a', 'MODERATOR'), [], true],
    ['the last removal', ['a'], removal('a'), [], true],
    ['the removal of another user', ['a'], removal('b'), ['a'], false],
    ['a removal without administrators', [], removal('b'), [], false],
    ['a suspension of one of two', ['a', 'b'], suspension('a'), ['b', 'a'], false],
    ['the last suspension', ['a'], suspension('a'), ['a'], true],
  ])('applies %s', (_, before, change, after, removesLast) => {
    expect(applyRoleChange(registry(...before), change)).toEqual(after)
    expect(removesLastAdministrator(registry(...before), change)).toBe(removesLast)
  })

  test.each<[string, RoleChange, boolean]>([
    ['the removal of the other one', removal('a'), true],
    ['the demotion of the other one', role('a', 'MODERATOR'), true],
    ['the suspension of the other one', suspension('a'), true],
    ['the end of the suspension', suspension('b', true), false],
    ['the removal of the suspended one', removal('b'), false],
    ['a promotion', role('c', 'ADMIN'), false],
  ])('counts a suspended administrator as absent in %s', (_, change, removesLast) => {
    expect(removesLastAdministrator(registry('a', 'b'), change, new Set(['b']))).toBe(removesLast)
  })
})

describe('a device token', () => {
  const owner = { userId: 'usr_1', passwordHash: '$argon2id$v=19$one' }
  const now = new Date('2026-05-05T05:05:05.000Z')
  const token = createDeviceToken(owner, now)

  test('identifies its device for 400 days', () => {
    const deviceId = verifyDeviceToken(token, owner, now)
    expect(deviceId).toHaveLength(43)
    const after = (days: number) => new Date(now.getTime() + days * 24 * 60 * 60 * 1000)
    expect(verifyDeviceToken(token, owner, after(399))).toBe(deviceId)
    expect(verifyDeviceToken(token, owner, after(400))).toBeUndefined()
    expect(verifyDeviceToken(createDeviceToken(owner, now), owner, now)).not.toBe(deviceId)
  })

  test('is invalid for another account and after a password change', () => {
    expect(verifyDeviceToken(token, { ...owner, userId: 'usr_2' }, now)).toBeUndefined()
    expect(verifyDeviceToken(token, { ...owner, passwordHash: '$argon2id$v=19$two' }, now)).toBeUndefined()
  })

  test('is invalid with any changed character', () => {
    for (let index = 0; index < token.length; index++) {
      const other = token[index] === 'A' ? 'B' : 'A'
      const changed = `${token.slice(0, index)}${other}${token.slice(index + 1)}`
      // The last character of a Base64 signature contains unused bits.
      if (index < token.length - 1) expect(verifyDeviceToken(changed, owner, now)).toBeUndefined()
    }
    for (const text of ['', '.', '..', `${token}x`])
      expect(verifyDeviceToken(text, owner, now)).toBeUndefined()
  })
})

describe('the limits of wrong passwords', () => {
  const listCharges = (email: string, address = '192.0.2.1') =>
    listPasswordAttemptCharges({ kind: 'unknownDevice', email, address })

  test('share counters between spellings of an email address and between addresses of a network', () => {
    expect(listCharges(' Ada@Example.org')).toEqual(listCharges('ada@example.org'))
    expect(listCharges('a@b', '2001:db8:1:2::1')).toEqual(listCharges('a@b', '2001:db8:1:2:ffff::9'))
    expect(listCharges('a@b', '2001:db8:1:2::1')).not.toEqual(listCharges('a@b', '2001:db8:1:3::1'))
  })

  test('are lower for one network than for all networks', () => {
    const rates = listCharges('a@b').map(({ limit }) => [
      limit.name,
      limit.points / limit.windowMs,
      limit.points,
    ])
    const findRate = (name: string) => rates.find(([each]) => each === name)?.slice(1) as [number, number]
    for (const tier of ['burst', 'day']) {
      const [one, all] = [
        findRate(`password.accountAndNetwork.${tier}`),
        findRate(`password.account.${tier}`),
      ]
      expect(all[0]).toBeGreaterThan(one[0])
      expect(all[1]).toBeGreaterThan(one[1])
    }
  })
})

describe('handles and emails', () => {
  test('are compared without regard to case, and emails also in any Unicode composition', () => {
    const check = new InputValidator()
    expect(readHandle(check, 'handle', ' Ada_1 ')).toBe('ada_1')
    expect(() => check.throwIfInvalid()).not.toThrow(MutationRejectedError)
    expect(toEmailKey(' JÜRGEN@example.org ')).toBe(toEmailKey('ju\u0308rgen@EXAMPLE.org'))
  })
})
