import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

import { readFields } from '../rows'
import { distinct, type Sink } from '../sink'
import type { Source } from '../source'
import { createStep, type Step } from '../step'
import { readXmlRows, type XmlFields } from '../xmlRows'
import { place, toComment } from './comment'
import { rowId } from './fields'
import { toAnswer, toPost } from './post'
import { toUser } from './user'

/** What a dump's folder must have; Tags.xml may be missing, because a question's row names its tags itself. */
export const stackExchangeFiles = ['Users.xml', 'Posts.xml', 'Comments.xml'] as const

/**
 * Reads a Stack Exchange data dump. Posts.xml is read twice, because an answer may stand before its question: whether
 * there is one is known when all questions are in.
 */
export function stackExchangeSteps(folder: string, source: Source, sink: Sink): Step[] {
  const users = join(folder, 'Users.xml')
  const posts = join(folder, 'Posts.xml')
  const comments = join(folder, 'Comments.xml')
  const tags = join(folder, 'Tags.xml')
  const read = readXmlRows
  return [
    createStep({
      file: users,
      what: 'people',
      read,
      map: (fields) => toUser(fields, source),
      write: async (items) => ({
        kinds: [{ kind: 'users', offered: items.length, inserted: await sink.users(distinct(items)) }],
      }),
    }),
    createStep({
      file: posts,
      what: 'questions',
      read,
      map: (fields) => toPost(fields, source),
      write: async (items) => ({
        kinds: [{ kind: 'posts', offered: items.length, inserted: await sink.posts(distinct(items)) }],
      }),
    }),
    createStep({
      file: posts,
      what: 'answers',
      read,
      again: true,
      map: (fields) => toAnswer(fields, source),
      write: async (items) => {
        const there = await sink.postIds([...new Set(items.map(({ postId }) => postId))])
        const placed = items.filter(({ postId }) => there.has(postId))
        const inserted = await sink.comments(distinct(placed))
        return {
          kinds: [{ kind: 'comments', offered: placed.length, inserted }],
          skipped: { 'answers to questions that are not there': items.length - placed.length },
        }
      },
    }),
    createStep({
      file: comments,
      what: 'comments',
      read,
      map: (fields) => toComment(fields, source),
      write: async (items) => {
        const [postIds, answers] = await Promise.all([
          sink.postIds([...new Set(items.map(({ postId }) => postId))]),
          sink.commentPlaces([...new Set(items.map(({ answerId }) => answerId))]),
        ])
        const placed = items.flatMap((item) => place(item, postIds, answers) ?? [])
        const inserted = await sink.comments(distinct(placed))
        return {
          kinds: [{ kind: 'comments', offered: placed.length, inserted }],
          skipped: { 'comments on posts that are not there': items.length - placed.length },
        }
      },
    }),
    ...(existsSync(tags) ? [tagStep(tags)] : []),
  ]
}

/** Holds Tags.xml to its form, as the other files, though nothing of it is kept. */
function tagStep(file: string): Step {
  return createStep<XmlFields, never>({
    file,
    what: 'tags',
    read: readXmlRows,
    map: (fields) => {
      readFields(tagRow, fields)
      return { kind: 'skipped', reason: 'tags on their own: the posts carry theirs' }
    },
    write: async () => ({ kinds: [] }),
  })
}

const tagRow = z.object({ Id: rowId, TagName: z.string() })
