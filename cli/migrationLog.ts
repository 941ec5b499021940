import type { MigrationLog } from '../packages/subgraph-kit/migrations'

/** Creates the log of migrations that a command runs. Errors are not logged: the command reports those that it catches. */
export function createMigrationLog(
  write: (line: string) => void,
  { level }: { level: 'info' | 'warn' },
): MigrationLog {
  const writeMessage = (_fields: object, message: string) => write(message)
  const ignore = () => undefined
  return { info: level === 'info' ? writeMessage : ignore, warn: writeMessage, error: ignore }
}
