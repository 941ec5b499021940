import { createServer } from 'node:net'
import { StartupError } from '../packages/platform'

/** An address that a process will listen on. */
export interface ListenAddress {
  readonly name: string
  readonly host: string
  readonly port: number
  /** The setting that the port comes from. */
  readonly setting: 'PORT' | 'METRICS_PORT'
}

/** @throws {StartupError} with every address that cannot be listened on, and the reason */
export async function requireFreePorts(addresses: readonly ListenAddress[]): Promise<void> {
  const problems = (await Promise.all(addresses.map(checkAddress))).filter((problem) => problem !== undefined)
  if (problems.length > 0) throw new StartupError(problems.join('\n'))
}

/** @returns the problem, if there is one */
async function checkAddress({ name, host, port, setting }: ListenAddress): Promise<string | undefined> {
  const code = await new Promise<string | undefined>((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen(port, host, () => server.close(() => resolve(undefined)))
  })
  switch (code) {
    case undefined:
      return undefined
    case 'EADDRINUSE':
      return `Port ${port}, for ${name}, is taken by another program. Stop that program, or set ${setting} to the first of five free ports.`
    case 'EACCES':
      return `Port ${port}, for ${name}, needs root privileges. Set ${setting} to 1024 or higher.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST is ${host}, which is not an address of this machine. Set HOST to 127.0.0.1 or 0.0.0.0.`
    default:
      return `Port ${port} of ${host}, for ${name}, cannot be used: ${code}. Set ${setting} or HOST.`
  }
}
