/** Starts processes on one core each, and reads their statistics from /proc (Linux). */
import { execFileSync, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { cpus } from 'node:os'

const canPin = cpus().length > 1 && canRun('taskset', ['--version'])

function canRun(/** @type {string} */ command, /** @type {string[]} */ args) {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** The gateway has one core, the subgraphs and the load generator share the other. */
export const cores = { gateway: 0, rest: 1 }

export const pinning = canPin
  ? `gateway on core ${cores.gateway}, subgraphs and load on core ${cores.rest}`
  : 'processes are not pinned (needs two cores and taskset)'

/**
 * Pins a process and its current threads to a core.
 *
 * @param {number} pid
 * @param {number} core
 */
export function pin(pid, core) {
  if (canPin) execFileSync('taskset', ['-a', '-c', '-p', String(core), String(pid)], { stdio: 'ignore' })
}

/**
 * Starts a script of this folder, and waits for its first message.
 *
 * @param {string} script
 * @param {string[]} args
 * @param {number} core
 */
export async function startScript(script, args, core) {
  const child = fork(new URL(script, import.meta.url), args)
  if (child.pid !== undefined) pin(child.pid, core)
  const [message] = await Promise.race([once(child, 'message'), failed(child)])
  return { child, message }
}

/**
 * Starts an HTTP server, and waits until it responds.
 *
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} env added to that of this process
 * @param {number} port
 */
export async function startServer(command, env, port) {
  const pinned = canPin ? ['taskset', '-c', String(cores.gateway), ...command] : command
  const child = spawn(pinned[0] ?? '', pinned.slice(1), {
    env: { ...process.env, NODE_ENV: 'production', ...env },
    // Logs are written as in production, but discarded.
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const down = failed(child)
  const deadline = Date.now() + 60_000
  for (;;) {
    const up = fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ __typename }"}',
    })
    if (await Promise.race([up.then(({ ok }) => ok).catch(() => false), down])) return child
    if (Date.now() > deadline) throw new Error(`${command.join(' ')} has not started within 60 s.`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** @returns {Promise<never>} */
async function failed(/** @type {import('node:child_process').ChildProcess} */ child) {
  const [code] = await once(child, 'exit')
  throw new Error(`${child.spawnargs.join(' ')} exited with status ${code}.`)
}

/** @param {import('node:child_process').ChildProcess} child */
export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

/** Returns a free port. */
export function freePort() {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

const ticksPerSecond = 100

/** Returns the CPU time of a process. */
export function cpuMilliseconds(/** @type {number} */ pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond
}

/** Returns the current and the peak resident memory of a process in MB. */
export function memory(/** @type {number} */ pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const read = (/** @type {string} */ name) =>
    Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024
  return { now: read('VmRSS'), peak: read('VmHWM') }
}
