import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { dropDatabase, testDatabaseName, testMongodbUri } from '../../support/subgraph'
import { makePost, startPosts } from './support'

it('indexes the posts of earlier versions for beginnings of words, and C++ and C# in them', async () => {
  const database = testDatabaseName('posts')
  const before = await startPosts({ database })
  const made = Array.from({ length: 1100 }, (_, index) =>
    makePost({ title: `Compiler ${index}`, body: index === 7 ? 'In C++' : 'In C' }),
  )
  await before.seed(made)
  await before.close()

  const connection = await openDatabase(testMongodbUri(), database)
  const stored = connection.collection<{ _id: string }>('posts')
  // As earlier versions have stored them.
  await stored.updateMany({}, { $set: { 'search.weak': 'in c' }, $unset: { 'search.tokens': 1 } })
  await connection.collection('migrations').deleteMany({ _id: '0050-index-search-tokens' as never })

  const after = await startPosts({ database })
  const find = async (search: string) => {
    const query =
      'query ($search: String) { posts(filter: { search: $search }) { totalCount nodes { title } } }'
    return (await after.query(query, { search })).posts
  }
  expect(await stored.countDocuments({ 'search.tokens': { $exists: false } })).toBe(0)
  expect(await find('C++')).toEqual({ totalCount: 1, nodes: [{ title: 'Compiler 7' }] })
  expect((await find('109 compil')).totalCount).toBe(1)
  await after.close()
  await connection.close()
  await dropDatabase(database)
  await dropDatabase(`${database}_feed`)
})
