import { openDatabase } from '../../../../packages/event-log/mongo/connection'
import { testDatabaseName, testMongodbUri } from '../../../support/subgraph'

it('reads from the primary, also with another read preference in the URI', async () => {
  const uri = `${testMongodbUri()}&readPreference=secondaryPreferred&maxStalenessSeconds=120`
  const connection = await openDatabase(uri, testDatabaseName('connection'))
  expect(connection.getClient().options.readPreference.mode).toBe('primary')
  expect(connection.db?.readPreference?.mode).toBe('primary')
  await connection.close()
})
