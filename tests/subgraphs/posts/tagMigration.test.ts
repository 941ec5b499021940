import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { dropDatabase, testDatabaseName, testMongodbUri } from '../../support/subgraph'
import { makePost, startPosts } from './support'

it('normalizes tags that earlier versions distinguished, once', async () => {
  const database = testDatabaseName('posts_tags')
  const earlier = await openDatabase(testMongodbUri(), database)
  const [first, second, third] = [makePost(), makePost(), makePost({ tags: ['news', 'أخبار'] })]
  const start = () => startPosts({ database })
  try {
    const seeded = await start()
    await seeded.seed([first, second, third])
    await seeded.close()
    const posts = earlier.collection<{ _id: string; tags: string[] }>('posts')
    await posts.updateOne({ _id: first.id }, { $set: { tags: ['new\u200bs', 'a\u2011b', 'a-b', '\u3164'] } })
    await posts.updateOne({ _id: second.id }, { $set: { tags: ['می\u200cخواهم', 'news'] } })
    await earlier.collection('migrations').deleteMany({})

    const next = await start()
    const { posts: found } = await next.query('{ posts(filter: { tag: "news" }) { nodes { id tags } } }')
    await next.close()
    expect(found.nodes).toHaveLength(3)
    expect(found.nodes).toEqual(
      expect.arrayContaining([
        { id: first.id, tags: ['news', 'a-b'] },
        { id: second.id, tags: ['می\u200cخواهم', 'news'] },
        { id: third.id, tags: ['news', 'أخبار'] },
      ]),
    )
    const record = { _id: '0030-normalize-tags', phase: 'completed', changed: 1 }
    expect(await earlier.collection('migrations').find({}).toArray()).toContainEqual(
      expect.objectContaining(record),
    )
  } finally {
    await earlier.dropDatabase()
    await earlier.close()
    await dropDatabase(`${database}_feed`)
  }
})
