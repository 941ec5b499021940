import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { projectRoot } from '../../packages/platform/config/projectRoot'

/** Manages the folders and programs of a test file. Call `cleanUp` in afterEach. */
export function createTestWorkspace() {
  const closers: (() => Promise<void> | void)[] = []
  return {
    /** Registers a function for `cleanUp`, which calls them in reverse order. */
    later: (close: () => Promise<void> | void): void => void closers.push(close),
    folder(): string {
      const folder = mkdtempSync(join(tmpdir(), 'agora-test-'))
      // Killed processes may still write while they end, so the removal is retried.
      closers.push(() => rm(folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 }))
      return folder
    },
    /** Runs a program in its own process group, without the configuration of this process. */
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

/** A running program. */
export interface TestProgram {
  readonly child: ChildProcess
  /** Returns the output so far. */
  readonly output: () => string
  /** Sends a signal to its process group, like Ctrl-C in a terminal. */
  signalGroup(signal: NodeJS.Signals): void
  /** Resolves when it has ended. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; output: string }>
  /** Resolves when its output matches. Throws with the output when it has ended without a match, or at the timeout. */
  waitForOutput(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>
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
  // Its exit is not the end of its output, which may still be in the pipes.
  let isClosed = false
  const ended = new Promise<Awaited<TestProgram['ended']>>((resolve) => {
    child.once('close', (code, signal) => {
      isClosed = true
      resolve({ code, signal, output })
    })
  })
  const waitForOutput = async (pattern: RegExp, timeoutMs = defaultTimeoutMs) => {
    const deadline = Date.now() + timeoutMs
    for (;;) {
      const match = pattern.exec(output)
      if (match) return match
      if (isClosed || Date.now() > deadline) {
        throw new Error(`The output does not match ${String(pattern)}:\n${output}`)
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
  return { child, output: () => output, signalGroup, ended, waitForOutput }
}

/** Longer than a step of a test takes on a busy machine, such as the start of a whole system. */
const defaultTimeoutMs = 120_000

/** Waits until a condition holds. Throws with its description at the timeout. */
export async function waitUntil(
  description: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = defaultTimeoutMs,
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Timeout after ${timeoutMs} ms: ${description}`)
    await delay(20)
  }
}

/** Settings of a router: longer than a response takes on a busy machine, for tests that do not wait for a timeout. */
export const generousTimeouts = {
  REQUEST_TIMEOUT_MS: '60000',
  QUERY_TIMEOUT_MS: '60000',
  MUTATION_TIMEOUT_MS: '60000',
}

/** Returns whether a process is running. A zombie has ended. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const status = `/proc/${pid}/stat`
  return !existsSync(status) || !/\) Z /.test(readFileSync(status, 'utf8'))
}

/**
 * Returns the first of `count` free ports. They are not those of a concurrent test file, since each worker of Jest has a range, below
 * the ports that the system gives to connections. Ports that this test file has already received are excluded, since it may not listen
 * on them yet.
 */
export async function freePorts(count = 5): Promise<number> {
  const worker = Number(process.env['JEST_WORKER_ID'] ?? 0) % portRanges
  for (;;) {
    const first = 20_000 + portsPerRange * worker + Math.floor(Math.random() * (portsPerRange - count))
    const ports = Array.from({ length: count }, (_, index) => first + index)
    if (ports.some((port) => givenPorts.has(port))) continue
    for (const port of ports) givenPorts.add(port)
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first
  }
}

const portRanges = 6
const portsPerRange = 2_000
/** Of this test file. */
const givenPorts = new Set<number>()

async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** Listens on a port until `close`. */
export async function takePort(port = 0): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const taken = (server.address() as AddressInfo).port
  return { port: taken, close: () => new Promise((resolve) => server.close(() => resolve())) }
}
