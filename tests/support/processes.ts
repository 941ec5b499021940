import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { projectRoot } from '../../packages/platform/config/projectRoot'

/** Folders, programs and anything else that a test file must not leave behind; `cleanUp` goes in an afterEach. */
export function createTestWorkspace() {
  const closers: (() => Promise<void> | void)[] = []
  return {
    /** Has something done by `cleanUp`, the last one first. */
    later: (close: () => Promise<void> | void): void => void closers.push(close),
    folder(): string {
      const folder = mkdtempSync(join(tmpdir(), 'agora-test-'))
      // Processes that the test killed may still write while they end, so a folder that is not empty is tried again.
      closers.push(() => rm(folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 }))
      return folder
    },
    /** Runs a program, in a group of its own, with nothing of this process's configuration. */
    run(command: string, args: readonly string[], environment: Record<string, string> = {}): TestProgram {
      const program = runProgram(command, args, environment)
      closers.push(async () => {
        program.signalGroup('SIGKILL')
        await program.ended
      })
      return program
    },
    async cleanUp(): Promise<void> {
      for (const close of closers.splice(0).reverse()) await close()
    },
  }
}

/** A program that runs, and what it has written so far. */
export interface TestProgram {
  readonly child: ChildProcess
  readonly output: () => string
  /** Signals it and what it has started in its group, as Ctrl-C in a terminal does. */
  signalGroup(signal: NodeJS.Signals): void
  /** Resolves when it has ended and written everything. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; output: string }>
  /** Resolves when its output matches; fails, with the output, when it ends or a limit passes before that. */
  waitForOutput(pattern: RegExp, milliseconds?: number): Promise<RegExpExecArray>
}

function runProgram(
  command: string,
  args: readonly string[],
  environment: Record<string, string>,
): TestProgram {
  const { PATH, HOME, XDG_CACHE_HOME } = process.env
  const child = spawn(command, args, {
    cwd: projectRoot,
    env: { PATH, HOME, XDG_CACHE_HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  const ended = new Promise<Awaited<TestProgram['ended']>>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, output }))
  })
  const says = async (pattern: RegExp, milliseconds = 40_000) => {
    const limit = Date.now() + milliseconds
    for (;;) {
      const found = pattern.exec(output)
      if (found) return found
      if (child.exitCode !== null || child.signalCode !== null || Date.now() > limit) {
        throw new Error(`The program never said ${String(pattern)}, but:\n${output}`)
      }
      await delay(10)
    }
  }
  const signalGroup = (signal: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal)
    } catch {
      // The whole group has ended.
    }
  }
  return { child, output: () => output, signalGroup, ended, waitForOutput: says }
}

/** Waits until a condition holds; fails, naming it, when it does not within the limit. */
export async function waitUntil(
  what: string,
  condition: () => boolean | Promise<boolean>,
  milliseconds = 10_000,
): Promise<void> {
  const limit = Date.now() + milliseconds
  while (!(await condition())) {
    if (Date.now() > limit) throw new Error(`Waited ${milliseconds} ms in vain until ${what}`)
    await delay(20)
  }
}

/** Whether a process exists; a zombie, which nobody has waited for yet, has ended. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const status = `/proc/${pid}/stat`
  return !existsSync(status) || !/\) Z /.test(readFileSync(status, 'utf8'))
}

/** A port such that it and the next four are free at this moment. */
export async function freePorts(count = 5): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 12_000)
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(first + index)))
    if (free.every(Boolean)) return first
  }
}

async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** Takes a port on this machine until `close`. */
export async function takePort(port = 0): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const taken = (server.address() as AddressInfo).port
  return { port: taken, close: () => new Promise((resolve) => server.close(() => resolve())) }
}
