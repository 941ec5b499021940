import { resolve } from 'node:path'
import { readConfig } from '../subgraphs/shared/env'
import { runPart } from '../subgraphs/shared/lifecycle'
import { configShape } from './config'
import { startSystem } from './system'

/** `npm start`: everything on this machine, until it is stopped. */
runPart(async (onClose) => {
  const config = readConfig(configShape)
  const log = (line: string) => console.log(line)
  log('Agora is starting …')
  onClose(() => log('Agora has stopped.'))
  const system = await startSystem(config, onClose, log)

  log(`
Agora is up, after ${process.uptime().toFixed(1)} s.

  GraphQL   ${system.url}/graphql
  Sandbox   ${system.url}/
  Data      ${system.embedded ? resolve(config.DATA_DIR) : 'the MongoDB of MONGODB_URI'}

Ctrl-C stops it.`)
})
