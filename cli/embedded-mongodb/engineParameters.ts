import mongoose from 'mongoose'

/**
 * Sets the parameters that the embedded engine needs, at each start, because it does not store them.
 *
 * The engine has no slot-based execution engine, but its query planner (MongoDB 9.0, `internalQueryPlanRanker: 'mixed'`)
 * uses that to estimate costs when the trial of several indexes has found no row, and the query fails with
 * QueryFeatureNotAllowed. `multiPlanning` ranks plans only by their trial, as MongoDB 8 and earlier do.
 *
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
