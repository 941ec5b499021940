import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Deployment } from 'kubernetes-types/apps/v1'
import type { HorizontalPodAutoscaler } from 'kubernetes-types/autoscaling/v2'
import type { ConfigMap, Container, Service } from 'kubernetes-types/core/v1'
import type { NetworkPolicy, NetworkPolicyPeer } from 'kubernetes-types/networking/v1'
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1'

import { readConfig } from '../../packages/platform/config/environment'
import { projectRoot } from '../../packages/platform/config/projectRoot'
import { readProviderSettings } from '../../subgraphs/users/domain/identities/providerSettings'
import {
  configShapes,
  entryFileOf,
  listPeers,
  listRequiredVariables,
  listSettings,
  parts,
  portOf,
  sampleSecrets,
  subgraphNames,
  urlVariableOf,
  type Part,
} from '../support/deployedParts'
import {
  acceptsBases,
  findTypeProblems,
  isKubectlInstalled,
  renderKustomization,
} from '../support/kubernetesResources'

const resources = isKubectlInstalled ? renderKustomization('deploy/kubernetes') : []

function find<Kind>(kind: string, name: string): Kind {
  const resource = resources.find((each) => each.kind === kind && each.metadata.name === name)
  if (!resource) throw new Error(`There is no ${kind} ${name}`)
  return resource as Kind
}

function readPod(part: Part) {
  const { spec } = find<Deployment>('Deployment', part)
  const pod = spec?.template.spec
  const container = pod?.containers[0]
  if (!spec || !pod || !container) throw new Error(`The Deployment ${part} has no container`)
  return { spec, pod, container, labels: spec.template.metadata?.labels ?? {} }
}

/** Returns the variables of a container; those of secrets have a valid value, the optional ones none. */
function readVariables({ envFrom = [], env = [] }: Container): Record<string, string> {
  const fromMaps = envFrom.flatMap(({ configMapRef, secretRef }) => {
    if (secretRef) return secretRef.optional ? [] : [[secretRef.name, 'is required']]
    return Object.entries(find<ConfigMap>('ConfigMap', configMapRef?.name ?? '').data ?? {})
  })
  const fromSecrets = env.map(({ name, value, valueFrom }) => {
    const reference = valueFrom?.secretKeyRef
    if (reference && reference.key !== name) throw new Error(`${name} is read from the key ${reference.key}`)
    return [name, reference ? (reference.optional ? '' : (sampleSecrets[name] ?? '')) : (value ?? '')]
  })
  return Object.fromEntries([...fromMaps, ...fromSecrets]) as Record<string, string>
}

const graceOf = (part: Part) => readPod(part).pod.terminationGracePeriodSeconds ?? 0
const policyOf = (name: string) => find<NetworkPolicy>('NetworkPolicy', name).spec

/** Returns the parts that a list of peers selects. */
const listParts = (peers: readonly NetworkPolicyPeer[] = []) =>
  peers.map(({ podSelector }) => {
    expect(podSelector?.matchLabels?.['app.kubernetes.io/part-of']).toBe('agora')
    return podSelector?.matchLabels?.['app.kubernetes.io/name'] ?? ''
  })

;(isKubectlInstalled ? describe : describe.skip)('deploy/kubernetes', () => {
  it('renders resources whose fields the Kubernetes API knows', () => {
    expect(resources.length).toBeGreaterThan(25)
    expect(findTypeProblems(resources)).toEqual([])
  })

  it('detects a field that the Kubernetes API does not know', () => {
    const text = JSON.stringify(resources).replace('"readinessProbe"', '"readynessProbe"')
    expect(findTypeProblems(JSON.parse(text))).toEqual([expect.stringContaining('readynessProbe')])
  })

  it('names secrets and contains none', () => {
    expect(resources.filter(({ kind }) => kind === 'Secret')).toEqual([])
  })

  describe.each(parts)('%s', (part) => {
    it('gets a valid configuration', () => {
      const variables = readVariables(readPod(part).container)
      expect(() => readConfig(configShapes[part], variables)).not.toThrow()
    })

    it('sets variables that the part reads, and every required one', () => {
      const names = Object.keys(readVariables(readPod(part).container))
      const peers = listPeers(part).map(urlVariableOf)
      const known = [...Object.keys(listSettings(part)), ...peers]
      expect(names.filter((name) => !known.includes(name))).toEqual([])
      expect(names).toEqual(expect.arrayContaining([...listRequiredVariables(part), ...peers]))
    })

    it('sends requests to its peers through their Services', () => {
      const variables = readVariables(readPod(part).container)
      for (const peer of listPeers(part))
        expect(variables[urlVariableOf(peer)]).toBe(`http://${peer}:${portOf(peer)}/graphql`)
      expect(find<Service>('Service', part).spec).toEqual({
        selector: readPod(part).labels,
        ports: [{ name: 'http', port: portOf(part), targetPort: 'http' }],
      })
    })

    it('runs its entry file on the ports that it declares', () => {
      const { container } = readPod(part)
      const variables = readVariables(container)
      expect(container.command).toEqual(['node', `dist/${entryFileOf(part)}.js`])
      expect(readFileSync(join(projectRoot, `${entryFileOf(part)}.ts`), 'utf8')).toContain('runProcess(')
      expect(container.ports).toEqual([
        { name: 'http', containerPort: Number(variables['PORT']) },
        { name: 'metrics', containerPort: Number(variables['METRICS_PORT']) },
      ])
      expect(Number(variables['PORT'])).toBe(portOf(part))
    })

    it('probes the health endpoints that the code serves', () => {
      const { startupProbe, livenessProbe, readinessProbe } = readPod(part).container
      const served = readFileSync(join(projectRoot, 'packages/platform/http/server.ts'), 'utf8')
      const probes = [startupProbe, livenessProbe, readinessProbe].map((probe) => probe?.httpGet)
      expect(probes.map((probe) => probe?.path)).toEqual(['/health/live', '/health/live', '/health/ready'])
      for (const probe of probes) {
        expect(probe?.port).toBe('http')
        expect(served).toContain(`'${probe?.path}':`)
      }
    })

    it('has time to drain and to finish its requests before it is killed', () => {
      const { container } = readPod(part)
      const drainMs = Number(readVariables(container)['DRAIN_MS'])
      expect(graceOf(part) * 1_000).toBeGreaterThanOrEqual(drainMs + 15_000)
      const { periodSeconds = 0, failureThreshold = 0 } = container.readinessProbe ?? {}
      expect(drainMs).toBeGreaterThanOrEqual(periodSeconds * failureThreshold * 1_000)
    })

    it('runs without privileges, with limited resources', () => {
      const { pod, container } = readPod(part)
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 1000,
          seccompProfile: { type: 'RuntimeDefault' },
        },
      })
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
      const { requests, limits } = container.resources ?? {}
      expect([requests?.['cpu'], requests?.['memory'], limits?.['memory']]).not.toContain(undefined)
    })

    it('keeps processes running while it is updated and while nodes are drained', () => {
      const { spec, labels } = readPod(part)
      expect(spec.selector.matchLabels).toEqual(labels)
      expect(spec.strategy?.rollingUpdate).toMatchObject({ maxUnavailable: 0 })
      const budget = find<PodDisruptionBudget>('PodDisruptionBudget', part).spec
      expect(budget).toEqual({ maxUnavailable: 1, selector: { matchLabels: labels } })
      const autoscaler = find<HorizontalPodAutoscaler>('HorizontalPodAutoscaler', part).spec
      expect(autoscaler?.scaleTargetRef).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', name: part })
      expect(autoscaler?.minReplicas).toBeGreaterThanOrEqual(2)
      expect(spec.replicas).toBeUndefined()
    })

    it('accepts requests from exactly the parts that send them', () => {
      const policy = policyOf(part)
      expect(policy?.podSelector.matchLabels).toEqual(readPod(part).labels)
      expect(policy?.policyTypes).toEqual(['Ingress', 'Egress'])
      const [rule, ...others] = policy?.ingress ?? []
      expect(others).toEqual([])
      expect(rule?.ports).toEqual([{ port: portOf(part), protocol: 'TCP' }])
      if (part === 'router') return expect(rule?.from).toBeUndefined()
      const callers = parts.filter((each) => listPeers(each).includes(part))
      expect(listParts(rule?.from).sort()).toEqual([...callers].sort())
    })

    it('sends requests to exactly its peers, a subgraph to MongoDB and NATS, and users to mail servers and identity providers', () => {
      const rules = policyOf(part)?.egress ?? []
      const toParts = rules.filter(({ to }) => to)
      expect(toParts.flatMap(({ to }) => listParts(to)).sort()).toEqual([...listPeers(part)].sort())
      for (const { to, ports } of toParts)
        expect(ports?.map(({ port }) => port)).toEqual(listParts(to).map((peer) => portOf(peer as Part)))
      const elsewhere = rules.flatMap(({ to, ports = [] }) => (to ? [] : ports.map(({ port }) => port)))
      const servers = part === 'router' ? [] : [27017, 4222]
      expect(elsewhere).toEqual(part === 'users' ? [...servers, 443, 587, 465] : servers)
    })
  })

  it('allows all parts to use DNS, and Prometheus to read their metrics', () => {
    const policy = policyOf('agora')
    for (const part of parts)
      expect(readPod(part).labels).toMatchObject(policy?.podSelector.matchLabels ?? {})
    expect(policy?.ingress?.flatMap(({ ports = [] }) => ports.map(({ port }) => port))).toEqual([
      Number(readVariables(readPod('router').container)['METRICS_PORT']),
    ])
    expect(policy?.egress?.flatMap(({ ports = [] }) => ports)).toEqual([
      { port: 53, protocol: 'UDP' },
      { port: 53, protocol: 'TCP' },
    ])
  })

  ;(acceptsBases ? it : it.skip)('renders the overlay that docs/deployment.md shows', () => {
    const page = readFileSync(join(projectRoot, 'docs/deployment.md'), 'utf8')
    const [, block = ''] = /```yaml\n( *# kustomization\.yaml\n[^]*?)```/.exec(page) ?? []
    const overlay = block.replaceAll('../agora/deploy/kubernetes', join('..', 'base'))
    const folder = mkdtempSync(join(tmpdir(), 'agora-overlay-'))
    try {
      cpSync(join(projectRoot, 'deploy/kubernetes'), join(folder, 'base'), { recursive: true })
      mkdirSync(join(folder, 'overlay'))
      writeFileSync(join(folder, 'overlay', 'kustomization.yaml'), overlay)
      const rendered = renderKustomization(join(folder, 'overlay'))
      expect(rendered.length).toBe(resources.length)
      const text = JSON.stringify(rendered)
      expect(text).toContain('"image":"ghcr.io/example/agora:1.2.3"')
      expect(text).toContain('"CORS_ORIGINS":"https://app.example.org"')
      expect(text).toContain('"JWKS_URL":"http://users:4001/.well-known/jwks.json"')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('gives only users the secrets of mail and of identity providers, of which the settings accept each name', () => {
    const readers = (name: string) =>
      parts.filter((part) => JSON.stringify(readPod(part).container).includes(`"${name}"`))
    expect(readers('SMTP_URL')).toEqual(['users'])
    expect(readers('agora-identity-providers')).toEqual(['users'])
    const provider = { ISSUER: 'https://id.example.org', CLIENT_ID: 'agora', CLIENT_SECRET: 'a secret' }
    const variables = {
      ...readVariables(readPod('users').container),
      ...Object.fromEntries(Object.entries(provider).map(([name, value]) => [`OIDC_EXAMPLE_${name}`, value])),
      OIDC_REDIRECT_URIS: 'https://app.example.org/sign-in/callback',
      SMTP_URL: 'smtps://user:password@mail.example.org',
      MAIL_FROM: 'agora@example.org',
      APP_URL: 'https://app.example.org',
    }
    expect(readProviderSettings(new Map(Object.entries(variables)))).toMatchObject([{ name: 'example' }])
    expect(() => readConfig(configShapes.users, variables)).not.toThrow()
  })

  it('describes the subgraphs alike', () => {
    const normalize = (part: Part) => {
      const { pod, container } = readPod(part)
      const envFrom = container.envFrom?.filter(({ secretRef }) => !secretRef)
      return JSON.stringify({ ...pod, containers: [{ ...container, env: [], envFrom }] })
        .replaceAll(part, 'part')
        .replaceAll(String(portOf(part)), 'port')
        .replace(/(agora|part)-\w{10}"/g, '$1"')
    }
    expect(new Set(subgraphNames.map(normalize)).size).toBe(1)
  })
})
