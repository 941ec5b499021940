import '../../packages/platform/sourceMaps'

import { openDatabase, type Connection } from '../../packages/subgraph-kit/mongo'
import { runCommand } from '../command'
import { readDataConfig, requireData, type DataConfig } from '../dataConfig'
import { openSystemEventLog } from '../eventLog'
import { openMongodb, type MongodbServer } from '../mongodb'
import { parseRebuildArguments, rebuildUsage, type RebuildArguments } from './args'
import { sendRebuildRequest, type RebuildRequest } from './rebuildRequest'
import { waitForRebuilds } from './waitForRebuilds'

const log = (line: string) => console.log(line)

/** `npm run projections:rebuild`: requests rebuilds of projections, and waits for them. */
runCommand(rebuildUsage, async (args) => {
  const rebuildArguments = parseRebuildArguments(args)
  const config = readDataConfig()
  requireData(config)
  const server = await openMongodb(config, (line) => console.error(line))
  try {
    const connection = await openDatabase(server.uri, config.databases.users)
    try {
      return await rebuild(rebuildArguments, config, connection, server)
    } finally {
      await connection.close()
    }
  } finally {
    await server.close()
  }
})

async function rebuild(
  { owners, waitSeconds }: RebuildArguments,
  config: DataConfig,
  connection: Connection,
  server: MongodbServer,
): Promise<number> {
  const databases = Object.values<string>({ ...config.databases }).map((name) => connection.useDb(name))
  const eventLog = await openSystemEventLog(server.uri, config.eventLog)
  const done = new AbortController()
  try {
    const requests: RebuildRequest[] = []
    for (const topic of owners)
      requests.push(await sendRebuildRequest(eventLog, databases, topic, done.signal))
    for (const { topic, consumers } of requests)
      log(`${topic}: ${consumers.length === 0 ? 'no consumers' : `requested from ${consumers.join(', ')}`}.`)
    if (server.started) {
      log('The system is not running: its consumers rebuild at their next start.')
      return 0
    }
    const pending = await waitForRebuilds(requests, waitSeconds * 1000, log)
    for (const { topic, consumer } of pending)
      console.error(
        `${consumer} has not rebuilt ${topic} within ${waitSeconds} s. It does so later if it is running, or at its next start.`,
      )
    return pending.length === 0 ? 0 : 1
  } finally {
    done.abort()
    await eventLog.close()
  }
}
