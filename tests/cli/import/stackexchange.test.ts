import { BrokenRowError } from '../../../cli/import/rows'
import { createImportSource } from '../../../cli/import/source'
import { resolveCommentPosition, toComment } from '../../../cli/import/stackexchange/comment'
import { answerCommentId, postId, toAnswerComment, toPost } from '../../../cli/import/stackexchange/post'
import { toUser, userId } from '../../../cli/import/stackexchange/user'

const source = createImportSource('stackexchange')
const date = '2020-01-02T03:04:05.678'
const instant = new Date('2020-01-02T03:04:05.678Z')

describe('toUser', () => {
  const row = { Id: '2', DisplayName: 'Nick Craver', CreationDate: date }

  it('creates an account without an email address', () => {
    const fields = {
      ...row,
      AboutMe: '<p>I am <b>here</b>.</p>',
      Location: ' Winston-Salem,  NC ',
      WebsiteUrl: 'https://nickcraver.com/blog/',
      ProfileImageUrl: 'https://example.org/a?s=128&d=identicon',
    }
    expect(toUser(fields, source)).toEqual({
      kind: 'item',
      adjusted: false,
      item: {
        id: userId(source, '2'),
        handle: 'nick_craver_2',
        displayName: 'Nick Craver',
        email: null,
        bio: 'I am **here**.',
        websiteUrl: 'https://nickcraver.com/blog/',
        avatarUrl: 'https://example.org/a?s=128&d=identicon',
        location: 'Winston-Salem, NC',
        role: 'MEMBER',
        joinedAt: instant,
      },
    })
  })

  it('names an account without a name "Member N"', () => {
    expect(
      toUser({ Id: '7', CreationDate: date, AboutMe: '', WebsiteUrl: '', Location: '' }, source),
    ).toMatchObject({
      adjusted: false,
      item: {
        displayName: 'Member 7',
        handle: 'member_7',
        bio: null,
        websiteUrl: null,
        avatarUrl: null,
        location: null,
      },
    })
  })

  it.each([
    ['no Id', { CreationDate: date }, 'Id is missing'],
    ['an invalid Id', { ...row, Id: 'two' }, 'Id is not a number'],
    ['no date', { Id: '2' }, 'CreationDate is missing'],
    [
      'a day that does not exist',
      { ...row, CreationDate: '2020-02-30T00:00:00.000' },
      'CreationDate is not a date',
    ],
    ['text as a date', { ...row, CreationDate: 'yesterday' }, 'CreationDate is not a date'],
    ['two problems', { DisplayName: 'x' }, 'Id is missing; CreationDate is missing'],
  ])('rejects a row with %s', (_name, fields, problem) => {
    expect(() => toUser(fields, source)).toThrow(new BrokenRowError(problem))
  })
})

describe('toPost', () => {
  const row = { Id: '5', PostTypeId: '1', Title: 'Why?', CreationDate: date }

  it('creates a published post', () => {
    const fields = {
      ...row,
      Body: '<p>Because.</p>',
      OwnerUserId: '2',
      Tags: '<Discussion><c++>',
      LastEditDate: '2021-01-01T00:00:00',
    }
    expect(toPost(fields, source)).toEqual({
      kind: 'item',
      adjusted: false,
      item: {
        id: postId(source, '5'),
        title: 'Why?',
        body: 'Because.',
        imageUrl: null,
        tags: ['discussion', 'c++'],
        status: 'PUBLISHED',
        authorId: userId(source, '2'),
        eventId: null,
        publishedAt: instant,
        createdAt: instant,
        updatedAt: new Date('2021-01-01T00:00:00Z'),
      },
    })
  })

  it('creates a post without author or body, even if the row contains a name', () => {
    const mapped = toPost({ ...row, OwnerDisplayName: 'user3', Tags: '|faq|scope|' }, source)
    expect(mapped).toMatchObject({
      adjusted: false,
      item: { authorId: null, body: '', tags: ['faq', 'scope'] },
    })
  })

  it('rejects a question without a title', () => {
    expect(() => toPost({ ...row, Title: ' ' }, source)).toThrow(new BrokenRowError('Title is empty'))
    expect(() => toPost({ ...row, Title: undefined }, source)).toThrow(new BrokenRowError('Title is missing'))
  })

  it('ignores answers and skips tag wikis', () => {
    expect(toPost({ ...row, PostTypeId: '2' }, source)).toEqual({ kind: 'elsewhere' })
    expect(toPost({ ...row, PostTypeId: '5' }, source)).toMatchObject({ kind: 'skipped' })
  })
})

describe('toAnswerComment', () => {
  const row = { Id: '6', PostTypeId: '2', ParentId: '5', CreationDate: date }

  it('creates a comment on the question', () => {
    const fields = { ...row, Body: '<p>So.</p>', OwnerUserId: '2', LastEditDate: date }
    expect(toAnswerComment(fields, source)).toEqual({
      kind: 'item',
      adjusted: false,
      item: {
        id: answerCommentId(source, '6'),
        postId: postId(source, '5'),
        parentId: null,
        depth: 0,
        authorId: userId(source, '2'),
        body: 'So.',
        status: 'VISIBLE',
        createdAt: instant,
        editedAt: instant,
      },
    })
  })

  it('maps an answer without text to a deleted comment, which keeps its replies', () => {
    const mapped = toAnswerComment({ ...row, Body: '<p> </p>' }, source)
    expect(mapped).toMatchObject({ adjusted: true, item: { body: null, status: 'DELETED', editedAt: null } })
  })

  it('rejects an answer without a question, and ignores other rows', () => {
    expect(() => toAnswerComment({ ...row, ParentId: undefined }, source)).toThrow(
      new BrokenRowError('ParentId is missing'),
    )
    for (const fields of [{ ...row, PostTypeId: '1' }, {}, { PostTypeId: '2' }])
      expect(toAnswerComment(fields, source)).toEqual({ kind: 'elsewhere' })
  })
})

describe('resolveCommentPosition', () => {
  const row = { Id: '9', PostId: '5', Text: 'a *little* Markdown', CreationDate: date, UserId: '2' }
  const unplaced = () => {
    const mapped = toComment(row, source)
    if (mapped.kind !== 'item') throw new Error('The row was not mapped to an item.')
    return mapped.item
  }

  it('places a comment on a question at the top level', () => {
    expect(resolveCommentPosition(unplaced(), new Set([postId(source, '5')]), new Map())).toMatchObject({
      postId: postId(source, '5'),
      parentId: null,
      depth: 0,
      authorId: userId(source, '2'),
      body: 'a *little* Markdown',
      status: 'VISIBLE',
      createdAt: instant,
    })
  })

  it('places a comment on an answer as a reply', () => {
    const answers = new Map([[answerCommentId(source, '5'), { postId: postId(source, '1'), depth: 0 }]])
    expect(resolveCommentPosition(unplaced(), new Set(), answers)).toMatchObject({
      postId: postId(source, '1'),
      parentId: answerCommentId(source, '5'),
      depth: 1,
    })
  })

  it('skips comments without a post or without text', () => {
    expect(resolveCommentPosition(unplaced(), new Set(), new Map())).toBeNull()
    expect(toComment({ ...row, Text: undefined }, source)).toMatchObject({ kind: 'skipped' })
  })
})

it('derives different IDs for different sources', () => {
  const ids = [
    source,
    createImportSource('stackexchange', 'french'),
    createImportSource('stackexchange', 'german'),
  ].map((each) => postId(each, '1'))
  expect(new Set(ids).size).toBe(3)
})
