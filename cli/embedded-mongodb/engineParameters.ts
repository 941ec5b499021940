import mongoose from 'mongoose'

/**
 * Sets the parameters that the embedded engine needs. It has no slot-based execution engine, but its query planner (MongoDB
 * 9.0, `internalQueryPlanRanker: 'mixed'`) estimates the costs of plans by sampling with that engine whenever the trial of
 * several indexes has found no row, and then the query fails with QueryFeatureNotAllowed. `multiPlanning` ranks plans by
 * their trial alone, as MongoDB 8 and earlier do. The engine does not store parameters: they are set at each start.
 *
 * @param uri of the engine
 * @throws MongoError when the engine does not know the parameter
 */
export async function setEngineParameters(uri: string): Promise<void> {
  const client = new mongoose.mongo.MongoClient(uri)
  try {
    await client.db('admin').command({ setParameter: 1, internalQueryPlanRanker: 'multiPlanning' })
  } finally {
    await client.close()
  }
}
