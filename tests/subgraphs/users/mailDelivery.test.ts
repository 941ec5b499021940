import { join } from 'node:path'

import { projectRoot } from '../../../packages/platform/config/projectRoot'
import { anonymous } from '../../../packages/auth/viewer'
import { createViewerSigner, viewerHeader } from '../../../packages/auth/viewerToken'
import { composeMail } from '../../../subgraphs/users/domain/mail/mailContent'
import { createMailRepository } from '../../../subgraphs/users/repository/mail/mails'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { createCapturedLog } from '../../support/capturedLog'
import { createTestWorkspace, freePorts, waitUntil } from '../../support/processes'
import { readToken, startSmtpSink, type SmtpSink } from '../../support/smtpSink'
import { dropDatabase, routerSecret, testDatabaseName, testMongodbUri } from '../../support/subgraph'
import {
  administrator,
  createClock,
  documents,
  keys,
  makeSignUp,
  startUsers,
  type TestUsers,
} from './support'

let sink: SmtpSink
const workspace = createTestWorkspace()
beforeEach(async () => {
  sink = await startSmtpSink()
  workspace.later(() => sink.stop())
})
afterEach(workspace.cleanUp)

const delivery = () =>
  ({
    kind: 'smtp',
    url: sink.url,
    from: 'Agora <agora@agora.example>',
    appUrl: 'https://app.example',
  }) as const

async function start(options: Parameters<typeof startUsers>[0] = {}): Promise<TestUsers> {
  const users = await startUsers({ mailDelivery: delivery(), ...options })
  workspace.later(users.close)
  return users
}

/** Returns the mails of accounts, without that of the administrator's notification. */
const readMails = async (users: TestUsers) =>
  (await users.readCollection('mails')).filter((mail) => !String(mail['_id']).startsWith('ntf/'))

it('sends a text and an HTML part, from MAIL_FROM, with the Message-ID of its cause', async () => {
  const users = await start()
  const { email } = await users.signUp()
  const { from, to, headers, source } = await sink.waitForMail(email)
  expect({ from, to }).toEqual({ from: 'agora@agora.example', to: [email] })
  expect(headers.get('from')).toBe('Agora <agora@agora.example>')
  expect(headers.get('to')).toBe(email)
  expect(headers.get('auto-submitted')).toBe('auto-generated')
  expect(headers.get('content-type')).toContain('multipart/alternative')
  expect(source).toContain('text/plain')
  expect(source).toContain('text/html')
  const [mail] = await readMails(users)
  expect(headers.get('message-id')).toBe(`<${String(mail?.['_id'])}@agora.example>`)
})

it('sends the mails that waited while the server was down, once each', async () => {
  const users = await start()
  await sink.stop()
  const people = [await users.signUp(), await users.signUp()]
  await waitUntil('a failed attempt', async () =>
    (await readMails(users)).some((mail) => typeof mail['error'] === 'string'),
  )
  await sink.restart()
  for (const { email } of people) await sink.waitForMail(email)
  await waitUntil('all are recorded', async () =>
    (await readMails(users)).every((mail) => mail['outcome'] === 'sent'),
  )
  const recipients = sink.mails.map(({ to }) => to[0]).filter((address) => address !== administrator.email)
  expect(recipients.sort()).toEqual(people.map(({ email }) => email).sort())
})

it('sends other mails while the server refuses one for the time being', async () => {
  const users = await start()
  const refused = makeSignUp()
  sink.intercept(({ to }) => {
    if (to.includes(refused.email)) throw Object.assign(new Error('try later'), { responseCode: 451 })
  })
  await users.signUp(refused)
  const { email } = await users.signUp()
  await sink.waitForMail(email)
  const listWaiting = async () => (await readMails(users)).filter((mail) => mail['dueAt'] !== undefined)
  await waitUntil('the sent mail is recorded', async () => (await listWaiting()).length === 1)
  expect(await listWaiting()).toMatchObject([{ attempts: expect.any(Number) }])
  expect(sink.mails.flatMap(({ to }) => to)).not.toContain(refused.email)
})

it('sends a mail of an account before thousands of notifications that have waited longer', async () => {
  const users = await start({ mailDelivery: { kind: 'off' } })
  const connection = await openDatabase(testMongodbUri(), users.connection.name)
  workspace.later(() => connection.close())
  const mails = createMailRepository(connection)
  const recipient = { address: 'ada@example.org' }
  const text = { subject: 'Cancelled', text: 'The event was cancelled.', path: '/events/evt_1' }
  const notifications = Array.from({ length: 2000 }, (_, index) => ({
    key: `ntf/${index}`,
    recipient,
    template: { name: 'notification' as const, ...text },
  }))
  await mails.enqueue(notifications, new Date(0))
  await mails.enqueue([{ key: 'reset', recipient, template: { name: 'resetPassword' } }], new Date(1000))

  const claim = async (now: Date) => (await mails.claimDue(now, 200)).map(({ key }) => key)
  const claimed = await claim(new Date(2000))
  expect(claimed).toHaveLength(200)
  expect(claimed[0]).toBe('reset')
  // The next attempt waits for its time, but not for the notifications.
  expect(await claim(new Date(2000))).not.toContain('reset')
  expect((await claim(new Date(10_000)))[0]).toBe('reset')
  await mails.finish([{ key: 'reset', outcome: 'sent' }], new Date(10_000))
  expect(await claim(new Date(1_000_000))).not.toContain('reset')
  const [reset] = await connection.collection('mails').find({ outcome: 'sent' }).toArray()
  expect(reset).not.toHaveProperty('isUrgent')
})

it('gives up a mail that the server refuses permanently, without its address in the log', async () => {
  const { log, lines } = createCapturedLog()
  const users = await start({ log })
  const email = `unknown_${makeSignUp().email}`
  await users.signUp({ email })
  const findLine = () => lines.find(({ msg }) => msg === 'A mail was given up')
  await waitUntil('it is given up', () => findLine() !== undefined)
  expect(findLine()).toMatchObject({ level: 50, template: 'verifyEmail', reason: 'EENVELOPE RCPT TO 550' })
  expect(JSON.stringify(lines)).not.toContain(email)
  const readMetrics = async () => (await fetch(new URL('/metrics', users.url))).text()
  await waitUntil('it is counted', async () =>
    (await readMetrics()).includes('agora_mails_total{outcome="dead"} 1'),
  )
  const metrics = await readMetrics()
  expect(metrics).toMatch(/^agora_mail_queue_mails \d/m)
})

it('gives up a mail that could not be sent within a day', async () => {
  const clock = createClock()
  const users = await start({ now: clock.now })
  await sink.stop()
  await users.signUp()
  await waitUntil('a failed attempt', async () => (await readMails(users))[0]?.['error'] !== undefined)
  const metrics = await (await fetch(new URL('/metrics', users.url))).text()
  expect(metrics).toMatch(/^agora_mail_queue_mails [1-9]/m)
  clock.advance(24 * 60 * 60 * 1000 + 1)
  await waitUntil('it is given up', async () => (await readMails(users))[0]?.['outcome'] === 'dead')
  expect((await readMails(users))[0]).not.toHaveProperty('recipient')
})

it.each(['a,b@example.org', 'a<b@example.org', '"a b"@example.org;c@example.org'])(
  'sends to one recipient at most for the address %s',
  async (email) => {
    const users = await start()
    const connection = await openDatabase(testMongodbUri(), users.connection.name)
    workspace.later(() => connection.close())
    const key = 'hostile-address'
    const template = { name: 'emailChangeRequested' } as const
    await createMailRepository(connection).enqueue(
      [{ key, recipient: { address: email }, template }],
      new Date(),
    )
    await waitUntil('it is finished', async () => (await readMails(users))[0]?.['outcome'] !== undefined)
    for (const { to } of sink.mails) expect(to).toHaveLength(1)
    expect(sink.mails.map(({ headers }) => headers.get('bcc'))).not.toContain(expect.anything())
  },
)

it('puts texts of people into one header line, and escapes them in HTML', () => {
  const subject = 'Ada\r\nBcc: victim@example.org\u2028<script>alert(1)</script>'
  const text = '<img src=x onerror=alert(1)>\n\nhttps://example.org/?a="b"'
  const template = { name: 'notification', subject, text, path: '/posts/pst_1?"><script>' } as const
  const content = composeMail(template, 'https://app.example/base/')
  expect(content.subject).toBe('Ada Bcc: victim@example.org <script>alert(1)</script>')
  expect(content.html).not.toMatch(/<(script|img)/)
  expect(content.html).toContain('href="https://app.example/base/posts/pst_1?&quot;&gt;&lt;script&gt;"')
  expect(content.text).toContain(text)
})

it('sends a mail again with the same Message-ID and token after its process was killed before it was recorded', async () => {
  const database = testDatabaseName('killed')
  workspace.later(() => dropDatabase(database))
  workspace.later(() => dropDatabase(`${database}_feed`))
  const port = await freePorts(1)
  const startProcess = async () => {
    const program = workspace.run(process.execPath, [join(projectRoot, 'dist/subgraphs/users/index.js')], {
      PORT: String(port),
      MONGODB_URI: process.env['MONGODB_URI'] ?? '',
      MONGODB_DATABASE: database,
      EVENT_LOG_DATABASE: `${database}_feed`,
      ROUTER_SECRET: routerSecret,
      JWT_PRIVATE_KEY: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      SMTP_URL: sink.url,
      MAIL_FROM: 'agora@agora.example',
      APP_URL: 'https://app.example',
    })
    await program.waitForOutput(/Listening/)
    return program
  }
  const first = await startProcess()
  // The server has the whole mail, and the process ends before it receives the response.
  sink.intercept(() => first.signalGroup('SIGKILL'))
  const input = makeSignUp()
  // The process may be killed before it responds, since the sender does not wait for that.
  const response = fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      [viewerHeader]: createViewerSigner(routerSecret)({ viewer: anonymous, address: '10.0.0.1' }),
    },
    body: JSON.stringify({ query: documents.signUp, variables: { input } }),
  })
  await Promise.all([first.ended, response.catch(() => undefined)])
  await sink.waitForMail(input.email)
  sink.intercept(() => undefined)
  await startProcess()
  await waitUntil('it is sent again', () => sink.mails.length === 2)
  const [once, again] = sink.mails
  expect(once && again && readToken(again) === readToken(once)).toBe(true)
  expect(again?.headers.get('message-id')).toBe(once?.headers.get('message-id'))
})

it('warns at the start when mails have no link to unsubscribe', async () => {
  const [without, complete] = [createCapturedLog(), createCapturedLog()]
  await start({ log: without.log })
  await start({ log: complete.log, publicUrl: 'https://agora.example' })
  const warning = expect.stringMatching(/^PUBLIC_URL is not set: mails have no link to unsubscribe/)
  expect(without.lines.map(({ msg }) => msg)).toContainEqual(warning)
  expect(complete.lines.map(({ msg }) => msg)).not.toContainEqual(warning)
})

describe('without SMTP_URL', () => {
  it('keeps mails in development, and shows them at /mail to this machine only', async () => {
    const users = await start({ mailDelivery: { kind: 'kept', appUrl: 'http://localhost:3000' } })
    const { email } = await users.signUp({ email: `a&b${makeSignUp().email}` })
    const page = new URL('/mail', users.url)
    let html = ''
    await waitUntil('the mail is shown', async () => {
      html = await (await fetch(page)).text()
      return html.includes('/verify-email?token=')
    })
    expect(html).toContain(email.replace('&', '&amp;'))
    expect(html).not.toContain(email)
    expect(html).toMatch(/<a href="http:\/\/localhost:3000\/verify-email\?token=[\w-]{43}">/)
    const { request } = await import('node:http')
    const status = await new Promise((resolve) =>
      request(page, { headers: { host: 'attacker.example' } }, (response) =>
        resolve(response.statusCode),
      ).end(),
    )
    expect(status).toBe(403)
  })

  it('refuses mutations that need mail, and logs it at the start, when mail is off', async () => {
    const { log, lines } = createCapturedLog()
    const users = await start({ mailDelivery: { kind: 'off' }, log })
    expect(lines.map(({ msg }) => msg)).toContainEqual(
      expect.stringMatching(/^SMTP_URL is not set: mail is off/),
    )
    const person = await users.signUp()
    const document = `mutation ($email: String!) {
      requestPasswordReset(input: { email: $email }) { userErrors { code } }
      sendEmailVerification(input: { email: $email }) { userErrors { code } } }`
    const conflict = { userErrors: [{ code: 'CONFLICT' }] }
    expect(await users.query(document, { email: person.email })).toEqual({
      requestPasswordReset: conflict,
      sendEmailVerification: conflict,
    })
    expect(await readMails(users)).toEqual([])
    expect((await fetch(new URL('/mail', users.url))).status).toBe(404)
  })
})
