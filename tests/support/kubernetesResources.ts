import { execFileSync, spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import ts from 'typescript'
import { parseAllDocuments } from 'yaml'

import { projectRoot } from '../../packages/platform/config/projectRoot'

const version = spawnSync('kubectl', ['version', '--client'], { encoding: 'utf8' })

/** Whether kubectl is installed. Otherwise, tests of the manifests are skipped. */
export const isKubectlInstalled = !version.error

/** Whether its kustomize accepts a base as a resource, unlike that of Debian 12. */
export const acceptsBases = isKubectlInstalled && version.stdout.includes('Kustomize Version')

/** A resource as kustomize renders it. */
export interface Resource {
  apiVersion: string
  kind: string
  metadata: { name: string; labels?: Record<string, string> }
}

/** Renders a kustomization. @param folder absolute, or relative to the root of the repository */
export function renderKustomization(folder: string): Resource[] {
  const text = execFileSync('kubectl', ['kustomize', resolve(projectRoot, folder)], { encoding: 'utf8' })
  return parseAllDocuments(text).map((document) => document.toJSON() as Resource)
}

/** Returns the module of `kubernetes-types` that declares the kinds of an API version. */
function moduleOf(apiVersion: string): string {
  if (apiVersion === 'v1') return 'kubernetes-types/core/v1'
  const [group = '', version] = apiVersion.split('/')
  return `kubernetes-types/${group.split('.')[0]}/${version}`
}

/**
 * Compares resources with the types of the Kubernetes API. Returns one line for each field that is unknown or missing, or has
 * the wrong type.
 */
export function findTypeProblems(resources: readonly Resource[]): string[] {
  // One resource per line, so that the line of a problem is the index of its resource.
  const source = resources.map((resource, index) => {
    const type = `import('${moduleOf(resource.apiVersion)}').${resource.kind}`
    return `export const resource${index}: ${type} = ${JSON.stringify(resource)}`
  })
  const file = join(projectRoot, 'tests', 'resources.generated.ts')
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    module: ts.ModuleKind.CommonJS,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ES2023,
  }
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists, readFile } = host
  host.fileExists = (name) => name === file || fileExists(name)
  host.readFile = (name) => (name === file ? source.join('\n') : readFile(name))
  host.getSourceFile = (name, target) =>
    name === file ? ts.createSourceFile(name, source.join('\n'), target) : getSourceFile(name, target)
  const program = ts.createProgram([file], options, host)
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const line = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0
    const { kind, metadata } = resources[line] ?? { kind: '', metadata: { name: '' } }
    return `${kind} ${metadata.name}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')}`
  })
}
