import { formatLogLine, isLogEntry } from './formatLogLine'

/** The output of a system: its own messages, and the lines that its processes write. */
export interface SystemOutput {
  writeMessage(text: string): void
  /** @param processName of the process that has written the line */
  writeLine(processName: string, line: string): void
}

/** Creates the output for people: everything as text. */
export function createReadableOutput(write: (text: string) => void): SystemOutput {
  return {
    writeMessage: write,
    writeLine: (processName, line) => write(formatLogLine(processName, line)),
  }
}

/**
 * Creates the output for programs: log entries as JSON lines on standard output, as the processes have written them, and
 * everything else on standard error.
 */
export function createJsonOutput(): SystemOutput {
  return {
    writeMessage: (text) => console.error(text),
    writeLine(processName, line) {
      if (isLogEntry(line)) console.log(line)
      else console.error(formatLogLine(processName, line))
    },
  }
}
