import { resolve } from 'node:path'
import { readConfig } from '../../packages/platform/config/environment'
import { runProcess, StartupError } from '../../packages/platform/lifecycle'
import { configShape, type Config } from './config'
import { subgraphDatabaseNames } from './processes'
import { startSystem, type RunningSystem } from './system'

// A terminal that is closed is a wish to stop, too, and parts are ended in order only when we are asked to.
process.on('SIGHUP', stopInOrder)
// So is a pipe that nobody reads any more.
for (const output of [process.stdout, process.stderr]) output.on('error', stopInOrder)

/** `npm start`: everything on this machine, until it is stopped. */
runProcess(async (onClose) => {
  const config = readConfig(configShape)
  const log = (line: string) => console.log(line)
  log('Agora is starting …')
  onClose(() => log('Agora has stopped.'))
  const system = await startSystem(config, onClose, log)
  if (config.NODE_ENV === 'production') await requireNoExposedRoles(system)
  const demo = await offerDemo(config, system)
  const sandbox = config.NODE_ENV === 'production' ? '' : `\n  Sandbox   ${system.routerUrl}/`

  log(`
Agora is up, after ${process.uptime().toFixed(1)} s.

  GraphQL   ${system.routerUrl}/graphql${sandbox}
  Data      ${system.isEmbedded ? resolve(config.DATA_DIR) : 'the MongoDB of MONGODB_URI'}${demo}

Ctrl-C stops it.`)
})

/** @throws StartError where development has left a demo administrator or moderator, whose password is published */
async function requireNoExposedRoles({ mongodbUri }: RunningSystem): Promise<void> {
  const { findExposedDemoAccounts } = await import('../demo/loadDemo')
  const handles = await findExposedDemoAccounts(mongodbUri, subgraphDatabaseNames)
  if (handles.length === 0) return
  throw new StartupError(
    `Demo accounts with a role above MEMBER have the published password: ${handles.join(', ')}. Use another database ` +
      'in production, or start without NODE_ENV=production and change their passwords or roles.',
  )
}

/**
 * Loads the demo community if configured, and returns the lines that explain how to sign in to it; '' when it was not
 * loaded. Its password is published: in production it is loaded on request only, without roles.
 */
async function offerDemo(config: Config, { isEmbedded, mongodbUri }: RunningSystem): Promise<string> {
  const { DEMO, EVENT_LOG_URL: url, EVENT_LOG_DATABASE: database } = config
  const isProduction = config.NODE_ENV === 'production'
  if (!(DEMO ?? (isEmbedded && !isProduction))) return ''
  const { demoPassword, loadDemo } = await import('../demo/loadDemo')
  const demo = await loadDemo({
    mongodbUri,
    databases: subgraphDatabaseNames,
    feed: { url, database },
    force: DEMO === true,
    withRoles: !isProduction,
  })
  if (!demo) return ''
  const { member, administrator } = demo
  const adminLine = administrator ? `\n  Admin     ${administrator.handle} (${administrator.email})` : ''
  return `\n  Sign in   ${member.handle} (${member.email})${adminLine}\n  Password  ${demoPassword}`
}

function stopInOrder(): void {
  process.kill(process.pid, 'SIGTERM')
}
