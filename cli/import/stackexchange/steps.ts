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

/** The required files. Tags.xml is optional, because the rows of questions contain their tags. */
export const stackExchangeFiles = ['Users.xml', 'Posts.xml', 'Comments.xml'] as const

/** Imports a Stack Exchange data dump. Reads Posts.xml twice, because an answer may come before its question. */
export function stackExchangeSteps(folder: string, source: ImportSource, writer: EntityWriter): ImportStep[] {
  const users = join(folder, 'Users.xml')
  const posts = join(folder, 'Posts.xml')
  const comments = join(folder, 'Comments.xml')
  const tags = join(folder, 'Tags.xml')
  const read = readXmlRows
  return [
    createStep({
      file: users,
      label: 'users',
      read,
      map: (fields) => toUser(fields, source),
      write: async (items) => ({
        kinds: [
          { kind: 'users', offered: items.length, inserted: await writer.writeUsers(deduplicateById(items)) },
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
          { kind: 'posts', offered: items.length, inserted: await writer.writePosts(deduplicateById(items)) },
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
        const existing = await writer.findPostIds([...new Set(items.map(({ postId }) => postId))])
        const accepted = items.filter(({ postId }) => existing.has(postId))
        const inserted = await writer.writeComments(deduplicateById(accepted))
        return {
          kinds: [{ kind: 'comments', offered: accepted.length, inserted }],
          skipped: { 'answers to questions that do not exist': items.length - accepted.length },
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
          writer.findPostIds([...new Set(items.map(({ postId }) => postId))]),
          writer.findCommentPositions([...new Set(items.map(({ answerId }) => answerId))]),
        ])
        const accepted = items.flatMap((item) => resolveCommentPosition(item, postIds, answers) ?? [])
        const inserted = await writer.writeComments(deduplicateById(accepted))
        return {
          kinds: [{ kind: 'comments', offered: accepted.length, inserted }],
          skipped: { 'comments on posts that do not exist': items.length - accepted.length },
        }
      },
    }),
    ...(existsSync(tags) ? [tagStep(tags)] : []),
  ]
}

/** Validates Tags.xml like the other files, although its rows are not imported. */
function tagStep(file: string): ImportStep {
  return createStep<XmlFields, never>({
    file,
    label: 'tags',
    read: readXmlRows,
    map: (fields) => {
      readFields(tagRow, fields)
      return { kind: 'skipped', reason: 'tags, which are imported with their posts' }
    },
    write: async () => ({ kinds: [] }),
  })
}

const tagRow = z.object({ Id: rowId, TagName: z.string() })
