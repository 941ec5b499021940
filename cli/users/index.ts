import '../../packages/platform/sourceMaps'

import { runCommand } from '../command'
import { readDataConfig, requireData } from '../dataConfig'
import { openMongodb } from '../mongodb'
import { openAccounts, requireUser } from './accounts'
import { parseUsersArguments, usersUsage } from './args'
import { changeAccount } from './changes'
import { exportPerson } from './exportPerson'

/** `npm run users`: acts on one account, for operators. */
runCommand(usersUsage, async (args) => {
  const command = parseUsersArguments(args)
  const config = readDataConfig()
  requireData(config)
  const server = await openMongodb(config, (line) => console.error(line))
  try {
    const accounts = await openAccounts(server.uri, config.databases.users, (line) => console.error(line))
    try {
      const user = await requireUser(accounts, command.account)
      if (command.name === 'export')
        await exportPerson({ uri: server.uri, databases: config.databases, user, output: process.stdout })
      else console.log(await changeAccount(accounts, user, command))
      return 0
    } finally {
      await accounts.close()
    }
  } finally {
    await server.close()
  }
})
