import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

import { readFields } from '../rows'
import { deduplicateById, type EntityWriter } from '../entityWriter'
import type { ImportSource } from '../source'
import { createStep, type ImportStep } from '../step'
import { readXmlRows, type XmlFields } from '../xmlRows'
import { resolveCommentPosition, toComment } from './comment'
import { rowId } from './fields'
import { toAnswerComment, toPost } from './post'
import { toUser } from './user'

/** What a dump's folder must have; Tags.xml may be missing, because a question's row names its tags itself. */
export const stackExchangeFiles = ['Users.xml', 'Posts.xml', 'Comments.xml'] as const

/**
 * Reads a Stack Exchange data dump. Posts.xml is read twice, because an answer may stand before its question: whether
 * there is one is known when all questions are in.
 */
export function stackExchangeSteps(folder: string, source: ImportSource, sink: EntityWriter): ImportStep[] {
  const users = join(folder, 'Users.xml')
  const posts = join(folder, 'Posts.xml')
  const comments = join(folder, 'Comments.xml')
  const tags = join(folder, 'Tags.xml')
  const read = readXmlRows
  return [
    createStep({
      file: users,
      label: 'people',
      read,
      map: (fields) => toUser(fields, source),
      write: async (items) => ({
        kinds: [
          { kind: 'users', offered: items.length, inserted: await sink.writeUsers(deduplicateById(items)) },
        ],
      }),
    }),
    createStep({
      file: posts,
      label: 'questions',
      read,
      map: (fields) => toPost(fields, source),
      write: async (items) => ({
        kinds: [
          { kind: 'posts', offered: items.length, inserted: await sink.writePosts(deduplicateById(items)) },
        ],
      }),
    }),
    createStep({
      file: posts,
      label: 'answers',
      read,
      isSecondPass: true,
      map: (fields) => toAnswerComment(fields, source),
      write: async (items) => {
        const there = await sink.findPostIds([...new Set(items.map(({ postId }) => postId))])
        const placed = items.filter(({ postId }) => there.has(postId))
        const inserted = await sink.writeComments(deduplicateById(placed))
        return {
          kinds: [{ kind: 'comments', offered: placed.length, inserted }],
          skipped: { 'answers to questions that are not there': items.length - placed.length },
        }
      },
    }),
    createStep({
      file: comments,
      label: 'comments',
      read,
      map: (fields) => toComment(fields, source),
      write: async (items) => {
        const [postIds, answers] = await Promise.all([
          sink.findPostIds([...new Set(items.map(({ postId }) => postId))]),
          sink.findCommentPositions([...new Set(items.map(({ answerId }) => answerId))]),
        ])
        const placed = items.flatMap((item) => resolveCommentPosition(item, postIds, answers) ?? [])
        const inserted = await sink.writeComments(deduplicateById(placed))
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
function tagStep(file: string): ImportStep {
  return createStep<XmlFields, never>({
    file,
    label: 'tags',
    read: readXmlRows,
    map: (fields) => {
      readFields(tagRow, fields)
      return { kind: 'skipped', reason: 'tags on their own: the posts carry theirs' }
    },
    write: async () => ({ kinds: [] }),
  })
}

const tagRow = z.object({ Id: rowId, TagName: z.string() })
