import { Counter } from 'prom-client'

import type { Registry } from '../../packages/platform/telemetry'

/** Registers the metrics of accounts. */
export function createAccountMetrics(registry: Registry) {
  const signUps = new Counter({
    name: 'agora_sign_ups_total',
    help: 'New accounts.',
    registers: [registry],
  })
  const signIns = new Counter({
    name: 'agora_sign_ins_total',
    help: 'Sign-ins with a password, by result: success or wrongCredentials.',
    labelNames: ['result'],
    registers: [registry],
  })
  // So that rates are defined from the start.
  for (const result of ['success', 'wrongCredentials']) signIns.inc({ result }, 0)
  return {
    countSignUp: () => signUps.inc(),
    countSignIn: (isCorrect: boolean) => signIns.inc({ result: isCorrect ? 'success' : 'wrongCredentials' }),
  }
}
