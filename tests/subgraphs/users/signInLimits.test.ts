import { newId } from '../../../schema/ids'
import { createMongoRateLimiter } from '../../../packages/subgraph-kit/mongo/mongoRateLimiter'
import { anonymous } from '../../../packages/auth/viewer'
import { listPasswordAttemptCharges } from '../../../subgraphs/users/domain/passwordAttemptLimits'
import type { PasswordHasher } from '../../../subgraphs/users/service/passwordHasher'
import {
  createClock,
  documents,
  newAddress,
  listUserErrors,
  startUsers,
  type Person,
  type TestUsers,
} from './support'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const clock = createClock()
/** A fast replacement of argon2 that counts its calls. */
const hasher: PasswordHasher & { checks: number } = {
  checks: 0,
  hash: (password) => Promise.resolve(JSON.stringify([password, newId('User')])),
  verify: (hash, password) => {
    hasher.checks++
    return Promise.resolve(hash.startsWith(JSON.stringify([password]).slice(0, -1)))
  },
}
const rightPassword = 'correct horse battery staple'

let users: TestUsers
/** A second process on the same database. */
let twin: TestUsers
let owner: Person
beforeAll(async () => {
  users = await startUsers({ now: clock.now, hasher })
  twin = await startUsers({ now: clock.now, hasher, database: users.connection.name })
})
afterAll(async () => {
  await twin.close()
  await users.close()
})
beforeEach(async () => {
  owner = await users.signUp()
  hasher.checks = 0
})

interface Attempt {
  email?: string
  password?: string
  deviceToken?: string | null
  address?: string
  through?: TestUsers
}

function signIn({ email = owner.email, address = newAddress(), through = users, ...rest }: Attempt = {}) {
  const input = { email, password: 'a wrong guess', ...rest }
  return through.send(documents.signIn, { input }, anonymous, address)
}

/** Returns 'ok', the code of the user error, or the seconds to wait. */
async function outcome(attempt: Attempt): Promise<string | number> {
  const before = hasher.checks
  const { data, errors } = await signIn(attempt)
  if (errors) {
    expect(errors).toMatchObject([{ path: ['signIn'], extensions: { code: 'RATE_LIMITED' } }])
    expect(hasher.checks).toBe(before)
    return Number(errors[0]?.extensions['retryAfter'])
  }
  return data.signIn.session ? 'ok' : data.signIn.userErrors[0].code
}

const right = { password: rightPassword }
const unknownEmail = () => `${newId('User')}@example.org`

/** Repeats a wrong attempt until it is rate limited. @returns the number of checked attempts */
async function exhaust(attempt: Attempt): Promise<number> {
  const before = hasher.checks
  while ((await outcome(attempt)) === 'BAD_CREDENTIALS');
  return hasher.checks - before
}

describe('an account, from one network', () => {
  it.each([
    ['that exists', () => owner.email],
    ['that does not exist', unknownEmail],
  ])(
    '%s is limited after 10 failures through both processes, also for the correct password',
    async (_, makeEmail) => {
      const [email, address] = [makeEmail(), newAddress()]
      for (let count = 0; count < 10; count++) {
        expect(await outcome({ email, address, through: count % 2 ? twin : users })).toBe('BAD_CREDENTIALS')
      }
      expect(await outcome({ email, address })).toBe(90)
      expect(await outcome({ email: email.toUpperCase(), address, ...right, through: twin })).toBe(90)
      clock.advance(90_000)
      expect(await outcome({ email, address })).toBe('BAD_CREDENTIALS')
    },
  )

  it('allows 60 attempts on the first day and 30 on each later one', async () => {
    const address = newAddress()
    const attemptAllDay = async () => {
      let attempts = 0
      for (let waited = 0; waited < day;) {
        const result = await outcome({ address })
        if (result === 'BAD_CREDENTIALS') attempts++
        const wait = typeof result === 'number' ? result * 1000 : 0
        clock.advance(wait)
        waited += wait
      }
      return attempts
    }
    expect(await attemptAllDay()).toBeLessThanOrEqual(61)
    const second = await attemptAllDay()
    expect(second).toBeGreaterThanOrEqual(29)
    expect(second).toBeLessThanOrEqual(31)
  })

  it('keeps counting earlier failures after a success', async () => {
    const address = newAddress()
    for (let count = 0; count < 9; count++) await signIn({ address })
    for (let count = 0; count < 3; count++) expect(await outcome({ address, ...right })).toBe('ok')
    expect(await outcome({ address })).toBe('BAD_CREDENTIALS')
    expect(await outcome({ address, ...right })).toBe(90)
  })

  it('checks exactly 10 of 30 concurrent guesses through two processes', async () => {
    const address = newAddress()
    await Promise.all(
      Array.from({ length: 30 }, (_, index) => signIn({ address, through: index % 2 ? users : twin })),
    )
    expect(hasher.checks).toBe(10)
  })

  it('accepts 30 concurrent sign-ins with the correct password', async () => {
    const address = newAddress()
    const results = await Promise.all(Array.from({ length: 30 }, () => outcomeOfRight(address)))
    expect(results).toEqual(Array(30).fill('ok'))
  })
  const outcomeOfRight = async (address: string) =>
    (await signIn({ address, ...right })).data.signIn?.session ? 'ok' : 'limited'
})

describe('an account, from all networks', () => {
  it('stays open to its owner on other networks when one network has exhausted its limit', async () => {
    const address = newAddress()
    expect(await exhaust({ address })).toBe(10)
    expect(await outcome(right)).toBe('ok')
  })

  it('is limited with growing delays for any number of networks: 30, then 1 a minute, then 100 a day', async () => {
    expect(await exhaust({})).toBe(30)
    expect(await outcome({})).toBe(60)
    let checked = 30
    while ((await outcome({})) === 60) {
      clock.advance(minute)
      expect(await outcome({})).toBe('BAD_CREDENTIALS')
      checked++
    }
    // The 100 of the day, plus those regained in the meantime.
    expect(checked).toBeGreaterThanOrEqual(100)
    expect(checked).toBeLessThanOrEqual(110)
    const wait = await outcome({})
    expect(wait).toBeGreaterThan(10 * 60)
    expect(wait).toBeLessThanOrEqual(14.4 * 60)
  })
})

describe('an owner with the correct password', () => {
  it('can begin 60 sessions an hour and renew each 60 times an hour', async () => {
    const { deviceToken } = owner.session
    for (let count = 0; count < 60; count++) expect(await outcome({ ...right, deviceToken })).toBe('ok')
    const { errors } = await signIn({ ...right, deviceToken })
    expect(errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED', retryAfter: 60 } }])

    let { refreshToken } = owner.session
    const refresh = () => users.send(documents.refreshSession, { input: { refreshToken } })
    for (let count = 0; count < 60; count++) {
      const { data } = await refresh()
      refreshToken = data.refreshSession.session.refreshToken
    }
    expect((await refresh()).errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED', retryAfter: 60 } }])
    clock.advance(minute)
    expect((await refresh()).data.refreshSession.userErrors).toEqual([])
  })
})

describe('a device that has signed in before', () => {
  it('can sign in while other networks exhaust the limits, and stays known across sessions', async () => {
    const { deviceToken } = owner.session
    expect(deviceToken).toEqual(expect.any(String))
    await exhaust({})
    expect(await outcome(right)).toBe(60)
    const { data } = await signIn({ ...right, deviceToken })
    expect(data.signIn.userErrors).toEqual([])
    expect(await outcome({ ...right, deviceToken: data.signIn.session.deviceToken })).toBe('ok')
  })

  it('has a separate limit, which does not affect others', async () => {
    const { deviceToken } = owner.session
    const address = newAddress()
    for (let count = 0; count < 10; count++) {
      expect(await outcome({ deviceToken, address })).toBe('BAD_CREDENTIALS')
    }
    expect(await outcome({ ...right, deviceToken })).toBe(90)
    expect(await outcome({ ...right, address })).toBe('ok')
  })

  it('is unknown to other accounts, as is a forged token', async () => {
    const other = await users.signUp()
    const address = newAddress()
    await exhaust({ address })
    for (const deviceToken of [
      other.session.deviceToken,
      `${owner.session.deviceToken}x`,
      'x'.repeat(10_000),
    ]) {
      expect(await outcome({ ...right, deviceToken, address })).toBe(90)
    }
  })

  it('becomes unknown when the password changes, except for the device that changed it', async () => {
    const { deviceToken } = owner.session
    const input = { currentPassword: rightPassword, newPassword: 'a quite different one' }
    const { changePassword } = await users.query(documents.changePassword, { input }, owner.viewer)
    await exhaust({})
    expect(await outcome({ ...right, deviceToken })).toBe(60)
    const changed = { password: 'a quite different one', deviceToken: changePassword.session.deviceToken }
    expect(await outcome(changed)).toBe('ok')
  })
})

describe('a session', () => {
  const confirm = (field: 'deleteAccount' | 'changePassword', password: string) => {
    const input =
      field === 'deleteAccount' ? { password } : { currentPassword: password, newPassword: 'a different one' }
    return users.send(documents[field], { input }, owner.viewer, newAddress())
  }

  it('is not affected by failures elsewhere', async () => {
    await exhaust({})
    const { data } = await users.send(documents.refreshSession, {
      input: { refreshToken: owner.session.refreshToken },
    })
    expect(data.refreshSession.userErrors).toEqual([])
    expect((await confirm('changePassword', rightPassword)).data.changePassword.userErrors).toEqual([])
  })

  it('is limited after 10 wrong passwords, without affecting others', async () => {
    for (let count = 0; count < 5; count++) {
      for (const field of ['deleteAccount', 'changePassword'] as const) {
        const { data } = await confirm(field, 'a wrong guess')
        expect(listUserErrors(data[field])).toMatchObject([['BAD_CREDENTIALS', expect.anything()]])
      }
    }
    for (const field of ['deleteAccount', 'changePassword'] as const) {
      const { errors } = await confirm(field, rightPassword)
      expect(errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED', retryAfter: 90 } }])
    }
    expect(await outcome(right)).toBe('ok')
  })
})

describe('a network', () => {
  it('with one request of 100 aliases for one account spends the 10 attempts of that account only', async () => {
    const address = newAddress()
    const aliases = Array.from({ length: 100 }, (_, index) => {
      return `a${index}: signIn(input: $input) { userErrors { code } }`
    })
    const input = { email: owner.email, password: 'a wrong guess' }
    const document = `mutation ($input: SignInInput!) { ${aliases.join(' ')} }`
    const { errors } = await users.send(document, { input }, anonymous, address)
    expect(hasher.checks).toBe(10)
    expect(errors).toHaveLength(90)
    const neighbour = await users.signUp()
    expect(await outcome({ email: neighbour.email, ...right, address })).toBe('ok')
    expect(await outcome(right)).toBe('ok')
  })

  it('with one request of 100 aliases for 100 accounts locks out none of its other users', async () => {
    const address = newAddress()
    const aliases = Array.from({ length: 100 }, (_, index) => {
      return `a${index}: signIn(input: { email: "${index}@example.org", password: "a guess" }) { userErrors { code } }`
    })
    await users.send(`mutation { ${aliases.join(' ')} }`, {}, anonymous, address)
    expect(hasher.checks).toBe(100)
    expect(await outcome({ ...right, address })).toBe('ok')
  })

  it('is limited after 300 failures in an hour, except for known devices; IPv6 by its /64', async () => {
    const address = '2001:db8:1:2::1'
    const [charge] = listPasswordAttemptCharges({
      kind: 'unknownDevice',
      email: unknownEmail(),
      address,
    }).filter(({ limit }) => limit.name === 'password.network.hour')
    if (!charge) throw new Error('The limit does not exist.')
    const connection = twin.connection.useDb(twin.connection.name, { useCache: false })
    await createMongoRateLimiter(connection, clock.now).consumeAll([{ ...charge, points: 298 }])
    for (let count = 0; count < 2; count++) {
      expect(await outcome({ email: unknownEmail(), address })).toBe('BAD_CREDENTIALS')
    }
    const neighbour = '2001:db8:1:2:ffff::9'
    expect(await outcome({ email: unknownEmail(), address: neighbour })).toBe(12)
    expect(await outcome({ ...right, address: neighbour })).toBe(12)
    const { deviceToken } = owner.session
    expect(await outcome({ ...right, deviceToken, address: neighbour })).toBe('ok')
    expect(await outcome({ ...right, address: '2001:db8:1:3::1' })).toBe('ok')
  })
})
