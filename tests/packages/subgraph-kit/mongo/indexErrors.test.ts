import mongoose from 'mongoose'

import {
  ensureIndexes,
  isUnreachableError,
  runStartStep,
} from '../../../../packages/subgraph-kit/mongo/database'

const createModel = (error: object) => ({
  createCollection: async () => Promise.reject(new mongoose.mongo.MongoServerError(error)),
  createIndexes: () => Promise.resolve(),
  collection: mongoose.connection.collection('posts'),
})

it.each([
  [
    { message: 'not primary', code: 10107, codeName: 'NotWritablePrimary' },
    'The database was lost during the start: not primary',
  ],
  [
    { message: 'no space', code: 14031, codeName: 'OutOfDiskSpace' },
    'The disk of the database is full: no space. Free some space.',
  ],
  [
    { message: 'E11000.', code: 11000, codeName: 'DuplicateKey' },
    'The indexes of the collection posts cannot be built: E11000. Remove the cause and start again.',
  ],
])('names the cause when an index cannot be built at the start: %j', async (error, message) => {
  const step = runStartStep(() => ensureIndexes(createModel(error)))
  await expect(step).rejects.toMatchObject({ name: 'StartupError', message })
})

it.each([
  ['a wrong call', new mongoose.mongo.MongoInvalidArgumentError('no'), false],
  ['a closed client', new mongoose.mongo.MongoNotConnectedError('no'), true],
  ['a lost connection', new mongoose.mongo.MongoNetworkError('no'), true],
])('distinguishes %s from an unreachable database', (_name, error, isUnreachable) => {
  expect(isUnreachableError(error)).toBe(isUnreachable)
})
