import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { resolveCacheDir, startEmbeddedMongodb } from '../../cli/embedded-mongodb/embeddedMongodb'
import { createImportSource } from '../../cli/import/source'
import { answerCommentId, postId } from '../../cli/import/stackexchange/post'
import { userId } from '../../cli/import/stackexchange/user'
import { projectRoot } from '../../packages/platform/config/projectRoot'
import { createUserRepository } from '../../subgraphs/users/repository/users'
import { newId } from '../../packages/platform/ids/ids'
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
const answers = { format: 'meetup', folder: join(fixtures, 'meetup') } as const
const source = createImportSource('stackexchange')

let databases: ImportDatabases
beforeAll(async () => {
  databases = await openImportDatabases()
})
beforeEach(() => databases.empty())
afterAll(() => databases.close())

const count = (part: keyof ImportDatabases['names'], collection: string, filter = {}) =>
  databases.connection(part).collection(collection).countDocuments(filter)

describe('a dump', () => {
  it('is in, its broken rows named', async () => {
    const { outcome, printed } = await runImportInProcess(databases, dump)
    expect(outcome.phase).toBe('done')
    expect(printed).toEqual([
      'Users.xml:13: the row has no end',
      'Users.xml:14: disallowed character',
      'Users.xml:15: malformed character entity',
      'Users.xml:16: CreationDate is no date',
      'Users.xml:17: Id is no number',
      'Users.xml:18: the line is no row',
      'Posts.xml:13: Title is missing',
      'Posts.xml:15: the row has no end',
      'Posts.xml:14: ParentId is missing',
      'Comments.xml:13: CreationDate is missing',
      'Comments.xml:14: malformed character entity',
      'Tags.xml:4: TagName is missing',
    ])
    expect(outcome.tally.brokenRows).toBe(12)
    expect(await count('users', 'users')).toBe(12)
    expect(await count('posts', 'posts', { status: 'PUBLISHED' })).toBe(6)
    expect(await count('comments', 'comments', { depth: 0 })).toBe(5)
    expect(await count('comments', 'comments', { depth: 1 })).toBe(3)
    expect(outcome.tally.formatSummary().map((line) => line.replace(/ +/g, ' '))).toEqual([
      'Users.xml 19 rows read',
      'Posts.xml 16 rows read',
      'Comments.xml 13 rows read',
      'Tags.xml 2 rows read',
      'users 12 new, 1 already there',
      'posts 6 new, 1 already there',
      'comments 8 new, 1 already there',
      'skipped 2 posts that are neither question nor answer',
      'skipped 1 answers to questions that are not there',
      'skipped 2 comments without a text',
      'skipped 3 comments on posts that are not there',
      'skipped 1 tags on their own: the posts carry theirs',
      'shortened 5 rows changed to fit the limits',
      'broken 12 rows, named above',
    ])
  })

  it('hangs answers and comments where they belong', async () => {
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

  it('of another site is another community', async () => {
    await runImportInProcess(databases, dump)
    const { outcome } = await runImportInProcess(databases, { ...dump, site: 'french' })
    expect(outcome.phase).toBe('done')
    expect(await count('users', 'users')).toBe(24)
    expect(await count('users', 'users', { handle: 'ann_lee_french_1' })).toBe(1)
    expect(await count('comments', 'comments')).toBe(16)
  })

  it('leaves people the handles that they have chosen', async () => {
    const users = createUserRepository(databases.connection('users'))
    await users.prepare()
    const somebody = {
      id: newId('User'),
      handle: 'ann_lee_1',
      displayName: 'Somebody',
      email: 'somebody@example.org',
      bio: null,
      websiteUrl: null,
      avatarUrl: null,
      location: null,
      role: 'MEMBER' as const,
      joinedAt: new Date(),
    }
    await users.insertAccount({ user: somebody, passwordHash: 'x', sessionEpoch: 0, tokenVersion: 0 })
    for (const run of [1, 2]) {
      const { outcome } = await runImportInProcess(databases, dump)
      expect([run, outcome.phase]).toEqual([run, 'done'])
    }
    expect(await count('users', 'users')).toBe(13)
    const [ann] = (await users.usersByIds([userId(source, '1')])).values()
    expect(ann?.handle).toMatch(/^ann_lee_[a-z0-9]{13}$/)
    expect((await users.userByHandle('ann_lee_1'))?.id).toBe(somebody.id)
  })
})

describe('RSVPs', () => {
  it('are in, whatever the date of the event', async () => {
    const { outcome, printed } = await runImportInProcess(databases, answers)
    expect(outcome.phase).toBe('done')
    expect(printed).toEqual([
      'events.jsonl:7: the line is not JSON',
      'events.jsonl:8: groupId is missing',
      'events.jsonl:9: startsAt is no time',
      'events.jsonl:10: title is empty',
      'events.jsonl:11: the row is no object',
      'rsvps.jsonl:7: response is neither yes, no nor waitlist',
      'rsvps.jsonl:8: guests is no number of people',
      'rsvps.jsonl:9: guests is no number of people',
      'rsvps.jsonl:10: memberId is missing',
      'rsvps.jsonl:11: the line is not JSON',
    ])
    expect(await count('events', 'events', { status: 'PUBLISHED', capacity: null })).toBe(6)
    expect(await count('events', 'registrations', { status: 'CONFIRMED' })).toBe(5)
    // Groups 10, 11, 12, 13 and 14, and who answered: 100 to 104, 108, and the member of number 10.
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

describe.each([dump, answers])('an import from $format', (request) => {
  it('run twice gives the same, and in small batches too', async () => {
    await runImportInProcess(databases, request)
    const first = await databases.contents()
    await runImportInProcess(databases, request, { batchItems: 1 })
    expect(await databases.contents()).toEqual(first)

    await databases.empty()
    await runImportInProcess(databases, request, { batchItems: 2 })
    expect(await databases.contents()).toEqual(first)
  })

  it('stopped at any pass, and run again, gives the same', async () => {
    await runImportInProcess(databases, request)
    const whole = await databases.contents()
    const passes = request.format === 'meetup' ? 2 : 5
    for (let pass = 1; pass <= passes; pass++) {
      await databases.empty()
      let begun = 0
      const onPass = (_what: string, stop: () => void) => void (++begun === pass && stop())
      const stopped = await runImportInProcess(databases, request, { onPass })
      expect([pass, stopped.outcome.phase]).toEqual([pass, 'interrupted'])
      await runImportInProcess(databases, request)
      expect(await databases.contents()).toEqual(whole)
    }
  })

  it('stops at the first broken row when strict', async () => {
    const { outcome, printed } = await runImportInProcess(databases, { ...request, strict: true })
    expect(outcome.phase).toBe('stoppedAtBrokenRow')
    expect(printed).toEqual([
      request.format === 'meetup'
        ? expect.stringContaining('events.jsonl:7')
        : expect.stringContaining('Users.xml:13'),
    ])
  })

  it('does not undo what has changed since', async () => {
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

describe('the command', () => {
  it.each([
    ['broken rows', ['stackexchange', dump.folder], 1, 'Users.xml:13: the row has no end\n'],
    ['--strict', ['stackexchange', dump.folder, '--strict'], 1, 'Users.xml:13: the row has no end\n'],
    ['no folder', ['stackexchange', '/nowhere'], 2, 'There is no folder /nowhere.\n\nUsage: '],
    ['no words', [], 2, 'Say what to import, and from where.\n\nUsage: '],
  ])('with %s', async (_name, words, code, message) => {
    const ended = await runImportCommand(words, databases.environment)
    expect(ended).toMatchObject({ code, stderr: expect.stringContaining(message) })
  })

  it.each([
    ['is done', [], 'Done in'],
    ['has stopped at a broken row', ['--strict'], 'Stopped at the first broken row'],
  ])('asks all who keep something of the data to take it anew, once it %s', async (_, words, closing) => {
    const feed = await followEventLog(databases)
    try {
      const ended = await runImportCommand([dump.format, dump.folder, ...words], databases.environment)
      expect(ended.stdout).toContain(closing)
      await waitUntil('every topic was asked', () => feed.events.length >= 4)
      const events = feed.events.map(({ topic, type }) => `${topic} ${type}`)
      const asked = ['comments', 'events', 'posts', 'users'].map((topic) => `${topic} feed.rebuild`)
      expect(events.sort()).toEqual(asked)
    } finally {
      await feed.close()
    }
  })

  it('says how it is called to whoever asks', async () => {
    const ended = await runImportCommand(['--help'], databases.environment)
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Usage: /), stderr: '' })
  })

  it('says in one message that the database cannot be reached', async () => {
    const ended = await runImportCommand(['meetup', answers.folder], {
      ...databases.environment,
      MONGODB_URI: 'mongodb://me:secret@127.0.0.1:1/?serverSelectionTimeoutMS=200',
    })
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/^The database at mongodb:\/\/127\.0\.0\.1:1\/.* cannot be reached: .*\n$/)
  })

  it('without fault exits with 0; Ctrl-C ends it cleanly, to be run again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'agora-import-'))
    try {
      const people = Array.from(
        { length: 20_000 },
        (_, index) =>
          `  <row Id="${index}" DisplayName="Person ${index}" CreationDate="2020-01-01T00:00:00.000" />\n`,
      )
      writeFileSync(join(folder, 'Users.xml'), `<users>\n${people.join('')}</users>\n`)
      writeFileSync(join(folder, 'Posts.xml'), '<posts>\n</posts>\n')
      writeFileSync(join(folder, 'Comments.xml'), '<comments>\n</comments>\n')
      const feed = await followEventLog(databases)
      let signals = 0
      const stopped = await runImportCommand(
        ['stackexchange', folder],
        databases.environment,
        (text, stop) => {
          // Twice, as a terminal and npm do it.
          if (text.includes('Users.xml (people)')) while (signals++ < 2) stop('SIGINT')
        },
      )
      expect(stopped).toMatchObject({ code: 130, stdout: expect.stringContaining('run it again') })
      expect(await count('users', 'users')).toBeLessThan(20_000)
      await waitUntil('every topic was asked', () => feed.events.length === 4)
      await feed.close()
      const again = await runImportCommand(['stackexchange', folder], databases.environment)
      expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('Done in') })
      expect(await count('users', 'users')).toBe(20_000)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }, 90_000)

  it('finds the embedded database, whether a system runs on it or not', async () => {
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
        const beside = await runImportCommand(['meetup', answers.folder], environment)
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
