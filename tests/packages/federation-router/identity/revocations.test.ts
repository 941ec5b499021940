import { startRouter, startShop, type RunningShop } from '../../../support/federation-router/testRouter'
import { currentKey, signTestToken, strangerKey } from '../../../support/federation-router/testTokens'
import {
  createTestKey,
  environmentFor,
  startTokenIssuer,
  type TokenIssuer,
} from '../../../support/federation-router/tokenIssuer'
import { waitUntil } from '../../../support/processes'

describe('revocations', () => {
  let own: TokenIssuer
  let shop: RunningShop
  let sessions = 0
  beforeAll(async () => {
    own = await startTokenIssuer([currentKey.jwk])
    shop = await startShop(environmentFor(own))
  })
  beforeEach(() => waitUntil('the stream is open', () => own.streams.size === 1))
  afterEach(() => {
    own.mode = 'current'
  })
  afterAll(async () => {
    await shop.close()
    await own.close()
  })

  const bearer = (payload: object = {}) => {
    const sid = `ses_${++sessions}`
    return `Bearer ${signTestToken({ payload: { sub: `usr_${sid}`, role: 'MEMBER', sid, ...payload } })}`
  }
  const readStatus = async (authorization: string) => {
    const { status, errors } = await shop.router.send('{ books { nodes { id } } }', {
      headers: { authorization },
    })
    return errors ? `${status} ${String(errors[0]?.extensions['code'])}` : String(status)
  }
  const becomes = (expected: string, authorization: string) =>
    waitUntil(`the status is ${expected}`, async () => (await readStatus(authorization)) === expected)

  it('revoke the tokens of a session, including cached ones, as if they had expired', async () => {
    const ended = bearer({ sid: 'ended' })
    const other = bearer({ sid: 'other' })
    expect([await readStatus(ended), await readStatus(other)]).toEqual(['200', '200'])
    own.revoke({ sid: 'ended' })
    await becomes('401 UNAUTHENTICATED', ended)
    expect(await readStatus(bearer({ sid: 'ended', ver: 7 }))).toBe('401 UNAUTHENTICATED')
    expect(await readStatus(other)).toBe('200')
  })

  it('revoke the earlier tokens of a user, but not later ones', async () => {
    const before = bearer({ sub: 'usr_x' })
    const alsoBefore = bearer({ sub: 'usr_x', ver: 1 })
    const after = bearer({ sub: 'usr_x', ver: 2 })
    expect([await readStatus(before), await readStatus(alsoBefore), await readStatus(after)]).toEqual([
      '200',
      '200',
      '200',
    ])
    own.revoke({ sub: 'usr_x', ver: 2 }, { sub: 'usr_x', ver: 1 })
    await becomes('401 UNAUTHENTICATED', before)
    expect(await readStatus(alsoBefore)).toBe('401 UNAUTHENTICATED')
    expect(await readStatus(after)).toBe('200')
    expect(await readStatus(bearer({ sub: 'usr_y' }))).toBe('200')
  })

  it('only cause roles above MEMBER to be refused while the stream is silent', async () => {
    const [member, moderator, admin] = [bearer(), bearer({ role: 'MODERATOR' }), bearer({ role: 'ADMIN' })]
    for (const each of [member, moderator, admin]) expect(await readStatus(each)).toBe('200')
    own.mode = 'silent'
    await becomes('503 SUBGRAPH_UNAVAILABLE', moderator)
    expect(await readStatus(admin)).toBe('503 SUBGRAPH_UNAVAILABLE')
    expect(await readStatus(bearer({ role: 'ADMIN' }))).toBe('503 SUBGRAPH_UNAVAILABLE')
    expect(await readStatus(member)).toBe('200')
    const { errors } = await shop.router.send('{ __typename }', { headers: { authorization: admin } })
    expect(errors).toEqual([
      { message: expect.any(String), extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: 'users' } },
    ])
    own.mode = 'current'
    await becomes('200', moderator)
    expect(await readStatus(admin)).toBe('200')
  })

  it('made while the stream was interrupted are applied before privileged roles are accepted again', async () => {
    const demoted = bearer({ sub: 'usr_demoted', role: 'ADMIN' })
    const moderator = bearer({ role: 'MODERATOR' })
    expect([await readStatus(demoted), await readStatus(moderator)]).toEqual(['200', '200'])
    own.mode = 'none'
    own.disconnectStreams()
    await becomes('503 SUBGRAPH_UNAVAILABLE', demoted)
    own.revoke({ sub: 'usr_demoted', ver: 1 })
    own.mode = 'current'
    await becomes('200', moderator)
    expect(await readStatus(demoted)).toBe('401 UNAUTHENTICATED')
  })

  it('are logged as missing when the issuer serves none, and roles above MEMBER are refused', async () => {
    const issuer = await startTokenIssuer([currentKey.jwk])
    issuer.mode = 'none'
    const router = await startRouter(environmentFor(issuer))
    const send = (authorization: string) => router.send('{ __typename }', { headers: { authorization } })
    expect((await send(bearer())).status).toBe(200)
    expect((await send(bearer({ role: 'ADMIN' }))).errors).toMatchObject([
      { extensions: { code: 'SUBGRAPH_UNAVAILABLE' } },
    ])
    expect(router.logged).toContainEqual(
      expect.objectContaining({ level: 40, msg: expect.stringContaining('role above MEMBER are refused') }),
    )
    await router.close()
    await issuer.close()
  })

  it('refuse at once the tokens of a key that was withdrawn', async () => {
    const rotating = await startTokenIssuer([currentKey.jwk])
    const router = await startRouter(environmentFor(rotating))
    const authorization = bearer()
    const headers = { authorization }
    expect((await router.send('{ __typename }', { headers })).status).toBe(200)
    // Another key with the same ID.
    rotating.keys = [strangerKey.jwk]
    const unknown = `Bearer ${signTestToken({ key: createTestKey('unheard of') })}`
    expect((await router.send('{ __typename }', { headers: { authorization: unknown } })).status).toBe(401)
    expect((await router.send('{ __typename }', { headers })).status).toBe(401)
    await router.close()
    await rotating.close()
  })
})
