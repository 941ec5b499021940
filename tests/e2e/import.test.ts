import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { resolveCacheDir, startEmbeddedMongodb } from '../../cli/embedded-mongodb/embeddedMongodb'
import { createImportSource } from '../../cli/import/source'
import { answerCommentId, postId } from '../../cli/import/stackexchange/post'
import { userId } from '../../cli/import/stackexchange/user'
import { projectRoot } from '../../packages/platform/config/projectRoot'
import { createUserRepository } from '../../subgraphs/users/repository/users'
import { newId } from '../../schema/ids'
import { startDatabaseProxy } from '../support/databaseProxy'
import {
  followEventLog,
  type ImportDatabases,
  runImportInProcess,
  openImportDatabases,
  runImportCommand,
} from '../support/imports'
import { waitUntil } from '../support/processes'

const fixtures = join(projectRoot, 'tests', 'fixtures', 'import')
const dump = { format: 'stackexchange', folder: join(fixtures, 'stackexchange') } as const
const rsvps = { format: 'meetup', folder: join(fixtures, 'meetup') } as const
const source = createImportSource('stackexchange')

let databases: ImportDatabases
beforeAll(async () => {
  databases = await openImportDatabases()
})
beforeEach(() => databases.empty())
afterAll(() => databases.close())

const count = (part: keyof ImportDatabases['names'], collection: string, filter = {}) =>
  databases.connection(part).collection(collection).countDocuments(filter)

describe('a Stack Exchange dump', () => {
  it('is imported, and its invalid rows are reported', async () => {
    const { outcome, printed } = await runImportInProcess(databases, dump)
    expect(outcome.phase).toBe('done')
    expect(printed).toEqual([
      'Users.xml:13: the row has no end',
      'Users.xml:14: disallowed character',
      'Users.xml:15: malformed character entity',
      'Users.xml:16: CreationDate is not a date',
      'Users.xml:17: Id is not a number',
      'Users.xml:18: the line is not a row',
      'Posts.xml:13: Title is missing',
      'Posts.xml:15: the row has no end',
      'Posts.xml:14: ParentId is missing',
      'Comments.xml:13: CreationDate is missing',
      'Comments.xml:14: malformed character entity',
      'Tags.xml:4: TagName is missing',
    ])
    expect(outcome.stats.brokenRows).toBe(12)
    expect(await count('users', 'users')).toBe(12)
    expect(await count('posts', 'posts', { status: 'PUBLISHED' })).toBe(6)
    expect(await count('comments', 'comments', { depth: 0 })).toBe(5)
    expect(await count('comments', 'comments', { depth: 1 })).toBe(3)
    expect(outcome.stats.formatSummary().map((line) => line.replace(/ +/g, ' '))).toEqual([
      'Users.xml 19 rows read',
      'Posts.xml 16 rows read',
      'Comments.xml 13 rows read',
      'Tags.xml 2 rows read',
      'users 12 new, 1 already there',
      'posts 6 new, 1 already there',
      'comments 8 new, 1 already there',
      'skipped 2 posts that are neither questions nor answers',
      'skipped 1 answers to questions that do not exist',
      'skipped 2 comments without text',
      'skipped 3 comments on posts that do not exist',
      'skipped 1 tags, which are imported with their posts',
      'shortened 6 rows changed to fit the limits',
      'broken 12 rows, listed above',
    ])
  })

  it('places answers and comments in their threads', async () => {
    await runImportInProcess(databases, dump)
    const comments = databases.connection('comments').collection<{ _id: string }>('comments')
    expect(await comments.findOne({ _id: answerCommentId(source, '1') })).toMatchObject({
      postId: postId(source, '2'),
      parentId: null,
      body: 'An answer that stands before its question.',
      authorId: userId(source, '2'),
    })
    expect(await comments.findOne({ _id: answerCommentId(source, '6') })).toMatchObject({ authorId: null })
    expect(await comments.findOne({ body: /^On an answer/ })).toMatchObject({
      parentId: answerCommentId(source, '1'),
      postId: postId(source, '2'),
      depth: 1,
    })
    expect(await comments.findOne({ body: 'On the answer without a text.' })).toMatchObject({
      parentId: answerCommentId(source, '7'),
    })
    expect(await comments.findOne({ _id: answerCommentId(source, '7') })).toMatchObject({
      body: null,
      status: 'DELETED',
    })
  })

  it('of another site is imported as another community', async () => {
    await runImportInProcess(databases, dump)
    const { outcome } = await runImportInProcess(databases, { ...dump, site: 'french' })
    expect(outcome.phase).toBe('done')
    expect(await count('users', 'users')).toBe(24)
    expect(await count('users', 'users', { handle: 'ann_lee_french_1' })).toBe(1)
    expect(await count('comments', 'comments')).toBe(16)
  })

  it('keeps the handles of existing users', async () => {
    const users = createUserRepository(databases.connection('users'))
    await users.prepare()
    const existing = {
      id: newId('User'),
      handle: 'ann_lee_1',
      displayName: 'Existing',
      email: 'existing@example.org',
      bio: null,
      websiteUrl: null,
      avatarUrl: null,
      location: null,
      role: 'MEMBER' as const,
      joinedAt: new Date(),
    }
    await users.insertAccount({ user: existing, passwordHash: 'x', sessionEpoch: 0, tokenVersion: 0 })
    for (const run of [1, 2]) {
      const { outcome } = await runImportInProcess(databases, dump)
      expect([run, outcome.phase]).toEqual([run, 'done'])
    }
    expect(await count('users', 'users')).toBe(13)
    const [ann] = (await users.usersByIds([userId(source, '1')])).values()
    expect(ann?.handle).toMatch(/^ann_lee_[a-z0-9]{13}$/)
    expect((await users.userByHandle('ann_lee_1'))?.id).toBe(existing.id)
  })
})

describe('Meetup RSVPs', () => {
  it('are imported, also for past events', async () => {
    const { outcome, printed } = await runImportInProcess(databases, rsvps)
    expect(outcome.phase).toBe('done')
    expect(printed).toEqual([
      'events.jsonl:7: the line is not JSON',
      'events.jsonl:8: groupId is missing',
      'events.jsonl:9: startsAt is not a timestamp',
      'events.jsonl:10: title is empty',
      'events.jsonl:11: the row is not an object',
      'rsvps.jsonl:7: response is not yes, no or waitlist',
      'rsvps.jsonl:8: guests is not a number of guests',
      'rsvps.jsonl:9: guests is not a number of guests',
      'rsvps.jsonl:10: memberId is missing',
      'rsvps.jsonl:11: the line is not JSON',
    ])
    expect(await count('events', 'events', { status: 'PUBLISHED', capacity: null })).toBe(6)
    expect(await count('events', 'registrations', { status: 'CONFIRMED' })).toBe(5)
    // Groups 10 to 14, and members 100 to 104, 108 and 10.
    expect(await count('users', 'users')).toBe(12)
    const seats = await databases
      .connection('events')
      .collection('events')
      .find()
      .sort({ title: 1 })
      .toArray()
    expect(seats.map(({ title, seatsTaken }) => [String(title).slice(0, 21), seatsTaken])).toEqual([
      ['Nowhere in particular', 102],
      ['Odd \ufffd characters 😀', 0],
      ['On the equator', 1],
      ['T'.repeat(21), 0],
      ['Walk & talk', 5],
      ['Without a venue', 0],
    ])
  })
})

describe.each([dump, rsvps])('an import from $format', (request) => {
  it('is idempotent, also in small batches', async () => {
    await runImportInProcess(databases, request)
    const first = await databases.contents()
    await runImportInProcess(databases, request, { batchItems: 1 })
    expect(await databases.contents()).toEqual(first)

    await databases.empty()
    await runImportInProcess(databases, request, { batchItems: 2 })
    expect(await databases.contents()).toEqual(first)
  })

  it('completes after an interruption in any pass', async () => {
    await runImportInProcess(databases, request)
    const complete = await databases.contents()
    const passes = request.format === 'meetup' ? 2 : 5
    for (let pass = 1; pass <= passes; pass++) {
      await databases.empty()
      let started = 0
      const onPass = (_label: string, stop: () => void) => void (++started === pass && stop())
      const stopped = await runImportInProcess(databases, request, { onPass })
      expect([pass, stopped.outcome.phase]).toEqual([pass, 'interrupted'])
      await runImportInProcess(databases, request)
      expect(await databases.contents()).toEqual(complete)
    }
  })

  it('stops at the first broken row with strict', async () => {
    const { outcome, printed } = await runImportInProcess(databases, { ...request, strict: true })
    expect(outcome.phase).toBe('stoppedAtBrokenRow')
    expect(printed).toEqual([
      request.format === 'meetup'
        ? expect.stringContaining('events.jsonl:7')
        : expect.stringContaining('Users.xml:13'),
    ])
  })

  it('keeps changes of imported entities', async () => {
    await runImportInProcess(databases, request)
    const [part, collection] =
      request.format === 'meetup' ? (['events', 'events'] as const) : (['posts', 'posts'] as const)
    await databases
      .connection(part)
      .collection(collection)
      .updateMany({}, { $set: { title: 'Changed' } })
    await runImportInProcess(databases, request)
    expect(await count(part, collection, { title: { $ne: 'Changed' } })).toBe(0)
  })
})

describe('npm run import', () => {
  it.each([
    ['broken rows', ['stackexchange', dump.folder], 1, 'Users.xml:13: the row has no end\n'],
    ['--strict', ['stackexchange', dump.folder, '--strict'], 1, 'Users.xml:13: the row has no end\n'],
    ['no folder', ['stackexchange', '/nowhere'], 2, 'The folder /nowhere does not exist.\n\nUsage: '],
    ['no arguments', [], 2, 'The format and the folder are missing.\n\nUsage: '],
  ])('reports %s', async (_name, args, code, message) => {
    const ended = await runImportCommand(args, databases.environment)
    expect(ended).toMatchObject({ code, stderr: expect.stringContaining(message) })
  })

  it.each([
    ['complete', [], 'Done in'],
    ['stopped at a broken row', ['--strict'], 'Stopped at the first invalid row'],
  ])('requests rebuilds of all projections when it is %s', async (_, args, outcome) => {
    const eventLog = await followEventLog(databases)
    try {
      const ended = await runImportCommand([dump.format, dump.folder, ...args], databases.environment)
      expect(ended.stdout).toContain(outcome)
      await waitUntil('every topic has a request', () => eventLog.events.length >= 4)
      const events = eventLog.events.map(({ topic, type }) => `${topic} ${type}`)
      const expected = ['comments', 'events', 'posts', 'users'].map((topic) => `${topic} feed.rebuild`)
      expect(events.sort()).toEqual(expected)
    } finally {
      await eventLog.close()
    }
  })

  it('prints its usage', async () => {
    const ended = await runImportCommand(['--help'], databases.environment)
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Usage: /), stderr: '' })
  })

  it('reports a database that cannot be reached', async () => {
    const ended = await runImportCommand(['meetup', rsvps.folder], {
      ...databases.environment,
      MONGODB_URI: 'mongodb://me:secret@127.0.0.1:1/?serverSelectionTimeoutMS=200',
    })
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/^The database at mongodb:\/\/127\.0\.0\.1:1\/.* cannot be reached: .*\n$/)
  })

  it('without broken rows exits with 0; Ctrl-C interrupts it, and a second run completes it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'agora-import-'))
    try {
      const rows = Array.from(
        { length: 20_000 },
        (_, index) =>
          `  <row Id="${index}" DisplayName="Person ${index}" CreationDate="2020-01-01T00:00:00.000" />\n`,
      )
      writeFileSync(join(folder, 'Users.xml'), `<users>\n${rows.join('')}</users>\n`)
      writeFileSync(join(folder, 'Posts.xml'), '<posts>\n</posts>\n')
      writeFileSync(join(folder, 'Comments.xml'), '<comments>\n</comments>\n')
      const eventLog = await followEventLog(databases)
      const proxy = await startDatabaseProxy()
      // So that the import cannot end before the signal.
      proxy.holdCommands('Person 10000')
      let signals = 0
      const stopping = runImportCommand(
        ['stackexchange', folder],
        { ...databases.environment, MONGODB_URI: proxy.uri },
        (text, stop) => {
          // Twice, from the terminal and from npm.
          if (text.includes('Users.xml (users)')) while (signals++ < 2) stop('SIGINT')
        },
      )
      await waitUntil('it is interrupted', () => signals > 0)
      proxy.release()
      const stopped = await stopping
      await proxy.close()
      expect(stopped).toMatchObject({ code: 130, stdout: expect.stringContaining('run it again') })
      expect(await count('users', 'users')).toBeLessThan(20_000)
      await waitUntil('every topic has a request', () => eventLog.events.length === 4)
      await eventLog.close()
      const again = await runImportCommand(['stackexchange', folder], databases.environment)
      expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('Done in') })
      expect(await count('users', 'users')).toBe(20_000)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('uses the embedded database with and without a running system', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'agora-import-'))
    try {
      const environment = { ...databases.environment, MONGODB_URI: '', DATA_DIR: dataDir }
      const alone = await runImportCommand(['stackexchange', dump.folder], environment)
      expect(alone).toMatchObject({ code: 1, stdout: expect.stringContaining('Done in') })
      const running = await startEmbeddedMongodb({
        dataDir,
        cacheDir: resolveCacheDir(process.env),
        log: () => undefined,
      })
      try {
        const beside = await runImportCommand(['meetup', rsvps.folder], environment)
        expect(beside).toMatchObject({ code: 1, stdout: expect.stringContaining('Done in') })
        const inside = await openImportDatabases(running.uri)
        const users = inside.connection('users').useDb(databases.names.users).collection('users')
        expect(await users.countDocuments()).toBe(24)
        await inside.close()
      } finally {
        await running.close()
      }
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  })
})
