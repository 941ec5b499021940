import mongoose from 'mongoose'

test('every test has a real database', async () => {
  const connection = await mongoose
    .createConnection(process.env.MONGODB_URI ?? '', { dbName: 'unit_local' })
    .asPromise()
  await connection.collection('things').insertOne({ name: 'one' })
  expect(await connection.collection('things').countDocuments()).toBe(1)
  await connection.dropDatabase()
  await connection.close()
})
