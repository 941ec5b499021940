import '../../packages/platform/sourceMaps'

import { resolve } from 'node:path'
import { runProcess, StartupError } from '../../packages/platform'
import { createJsonOutput, createReadableOutput } from '../supervisor/systemOutput'
import type { Config } from './config'
import { runDemoTask } from './demoTask'
import { mailPageUrl, subgraphDatabaseNames } from './processes'
import { startSystem, type RunningSystem } from './system'
import { readSystemConfig } from './systemConfig'

// A closed terminal also stops the system. The processes end in order only when this one handles the signal.
process.on('SIGHUP', stopInOrder)
// So does a closed pipe.
for (const output of [process.stdout, process.stderr]) output.on('error', stopInOrder)

/** `npm start`: runs the whole system on this machine until it is stopped. */
runProcess(async (onClose) => {
  const config = readSystemConfig()
  const isReadable = process.stdout.isTTY && config.NODE_ENV !== 'production'
  const output = isReadable ? createReadableOutput(console.log) : createJsonOutput()
  const { writeMessage: log } = output
  log('Agora is starting …')
  onClose(() => log('Agora has stopped.'))
  const system = await startSystem(config, onClose, output)
  const isProduction = config.NODE_ENV === 'production'
  const lines = [
    ['GraphQL', `${system.routerUrl}/graphql`],
    ...(isProduction ? [] : [['Sandbox', `${system.routerUrl}/`]]),
    ...(isProduction || config.SMTP_URL !== undefined ? [] : [['Mails', mailPageUrl(config)]]),
    ['Data', describeDatabase(config, system)],
    ...(isProduction ? await checkAccounts(system) : []),
    ...(await loadDemo(config, system)),
  ]

  log(`
Agora is up, after ${process.uptime().toFixed(1)} s.

${lines.map(([label = '', text = '']) => `  ${label.padEnd(9)} ${text}`).join('\n')}

Ctrl-C stops it.`)
})

function describeDatabase(config: Config, { isEmbedded }: RunningSystem): string {
  if (!isEmbedded) return 'the MongoDB server of MONGODB_URI'
  return `${resolve(config.DATA_DIR)} (embedded; in production, set MONGODB_URI to a MongoDB server)`
}

/** @throws StartupError when a demo account from development has a role, because its password is published */
async function checkAccounts({ mongodbUri }: RunningSystem): Promise<string[][]> {
  const { exposed, hasAdministrator } = await runDemoTask({
    kind: 'checkAccounts',
    mongodbUri,
    databases: subgraphDatabaseNames,
  })
  if (exposed.length > 0)
    throw new StartupError(
      `Demo accounts with a role above MEMBER have the published password: ${exposed.join(', ')}. Use another database ` +
        'in production, or start without NODE_ENV=production and change their passwords or roles.',
    )
  return hasAdministrator ? [] : [['Warning', 'no administrator: set ADMIN_EMAIL and ADMIN_PASSWORD']]
}

/**
 * Loads the demo community if configured, and returns the lines that explain how to sign in to it. In production it is
 * loaded on request only, and without roles, because its password is published.
 */
async function loadDemo(config: Config, { isEmbedded, mongodbUri }: RunningSystem): Promise<string[][]> {
  const { DEMO, EVENT_LOG_URL: url, EVENT_LOG_DATABASE: database } = config
  const isProduction = config.NODE_ENV === 'production'
  if (!(DEMO ?? (isEmbedded && !isProduction))) return []
  const { demo } = await runDemoTask({
    kind: 'load',
    mongodbUri,
    databases: subgraphDatabaseNames,
    eventLog: { url, database },
    force: DEMO === true,
    isDevelopment: !isProduction,
  })
  if (!demo) return []
  const { member, administrator, password } = demo
  return [
    ['Sign in', `${member.handle} (${member.email})`],
    ...(administrator ? [['Admin', `${administrator.handle} (${administrator.email})`]] : []),
    ['Password', password],
  ]
}

function stopInOrder(): void {
  process.kill(process.pid, 'SIGTERM')
}
