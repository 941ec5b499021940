import { join } from 'node:path'

import { newId } from '../../../schema/ids'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { createCommentRepository } from '../../../subgraphs/comments/repository'
import type { CountsDocument } from '../../../subgraphs/comments/repository/countDocuments'
import { runNode } from '../../support/imports'
import { dropDatabase, testDatabaseName, testMongodbUri } from '../../support/subgraph'
import { countStored, waitUntilCounted } from './counting'
import { makeComment } from './support'

const isFull = process.env['FULL'] === '1'

it('counts each comment once when two processes count at the same time', async () => {
  const name = testDatabaseName('counting')
  const connections = await Promise.all([1, 2, 3].map(() => openDatabase(testMongodbUri(), name)))
  try {
    const [first, ...others] = connections.map((connection) => createCommentRepository(connection))
    if (!first) throw new Error('No repository.')
    const postIds = Array.from({ length: 20 }, () => newId('Post'))
    const rounds = Array.from({ length: 6 }, async (_, round) => {
      for (const postId of postIds) {
        const comment = { ...makeComment({ postId, depth: round % 2 }), underDraft: false, removedBy: null }
        await first.insert(comment, null)
        const hidden = {
          comment,
          allowedStatuses: ['VISIBLE'] as const,
          changes: { status: 'HIDDEN' as const },
        }
        if (round % 3 === 0) await first.update({ ...hidden, eventType: 'comment.hidden', now: new Date() })
      }
    })
    const counting = others.map(async (repository) => {
      for (let pass = 0; pass < 30; pass++) await repository.countMarked(postIds)
    })
    await Promise.all([...rounds, ...counting])
    await first.countMarked(postIds)
    const [connection] = connections
    if (!connection) throw new Error('No connection.')
    const counts = connection.collection<CountsDocument>('comment_counts')
    expect(await counts.countDocuments({ visible: 4, topLevel: 3, journal: [] })).toBe(20)
    expect([...(await first.findCounts(postIds)).values()]).toEqual(
      postIds.map(() => ({ visible: 4, topLevel: 3 })),
    )
  } finally {
    await dropDatabase(name)
    for (const connection of connections) await connection.close()
  }
})

it('loses and doubles nothing when the counting process is killed', async () => {
  const name = testDatabaseName('killed_counting')
  const connection = await openDatabase(testMongodbUri(), name)
  const repository = createCommentRepository(connection)
  const countAndKill = (postId: string, moment: number) =>
    runNode([join('tests', 'support', 'countAndKill.js'), name, postId, String(moment)], {
      MONGODB_URI: testMongodbUri(),
    })
  try {
    const { stdout, stderr } = await countAndKill(newId('Post'), 0)
    expect(stderr).toBe('')
    const moments = Number(stdout)
    expect(moments).toBeGreaterThan(20)
    const step = isFull ? 1 : Math.ceil(moments / 8)
    for (let moment = 1; moment <= moments; moment += step) {
      const postId = newId('Post')
      expect(await countAndKill(postId, moment)).toMatchObject({ signal: 'SIGKILL' })
      const expected = await countStored({ connection }, postId)
      expect({ moment, counts: (await repository.findCounts([postId])).get(postId) }).toEqual({
        moment,
        counts: expected,
      })
      await repository.countMarked([postId])
      await waitUntilCounted({ connection })
      const counts = connection.collection<CountsDocument>('comment_counts')
      if (expected.topLevel > 0) expect(await counts.findOne({ _id: postId })).toMatchObject(expected)
      expect((await repository.findCounts([postId])).get(postId)).toEqual(expected)
    }
  } finally {
    await connection.dropDatabase()
    await connection.close()
  }
}, 300_000)
