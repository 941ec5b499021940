import { posix } from 'node:path'
import ts from 'typescript'

/** The properties of a file that the rules check: its imports, its names, and whether it reads the environment. */
export interface SourceFile {
  /** From the repository's folder, with `/`. */
  path: string
  /** Modules of ours, as paths from the repository's folder without `.ts`. */
  imports: readonly string[]
  /** Modules of others, as they are written. */
  packages: readonly string[]
  identifiers: ReadonlySet<string>
  readsEnvironment: boolean
  /** Whether it calls `normalize` of a string. */
  normalizes: boolean
}

/** Reads one TypeScript file. Imports of types count like any other: they too are knowledge of the other part. */
export function readSourceFile(path: string, text: string): SourceFile {
  const specifiers: string[] = []
  const identifiers = new Set<string>()
  let readsEnvironment = false
  let normalizes = false

  function visit(node: ts.Node): void {
    const specifier = readSpecifier(node)
    if (specifier !== undefined) specifiers.push(specifier)
    if (ts.isIdentifier(node)) identifiers.add(node.text)
    if (isEnvironment(node)) readsEnvironment = true
    if (ts.isPropertyAccessExpression(node) && node.name.text === 'normalize') normalizes = true
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true))

  const isOurs = (specifier: string) => specifier.startsWith('.')
  return {
    path,
    imports: specifiers
      .filter(isOurs)
      .map((specifier) => posix.join(posix.dirname(path), specifier).replace(/\.(tsx?|js)$/, '')),
    packages: specifiers.filter((specifier) => !isOurs(specifier)),
    identifiers,
    readsEnvironment,
    normalizes,
  }
}

/** The module that a node names: `import`, `export … from`, `import()`, `require()` or `import('…').Type`. */
function readSpecifier(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return literal(node.moduleSpecifier)
  if (ts.isExternalModuleReference(node)) return literal(node.expression)
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return literal(node.argument.literal)
  if (!ts.isCallExpression(node)) return undefined
  const isRequire = ts.isIdentifier(node.expression) && node.expression.text === 'require'
  const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword
  return isRequire || isImport ? literal(node.arguments[0]) : undefined
}

const literal = (node: ts.Node | undefined): string | undefined =>
  node && ts.isStringLiteralLike(node) ? node.text : undefined

/** `process.env`, `process['env']`, `const { env } = process`, or `env` imported from `node:process`. */
function isEnvironment(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return isProcess(node.expression) && node.name.text === 'env'
  if (ts.isElementAccessExpression(node))
    return isProcess(node.expression) && literal(node.argumentExpression) === 'env'
  if (ts.isImportDeclaration(node)) return /^(node:)?process$/.test(literal(node.moduleSpecifier) ?? '')
  if (!ts.isVariableDeclaration(node) || !node.initializer || !isProcess(node.initializer)) return false
  return ts.isObjectBindingPattern(node.name) && node.name.elements.some(bindsEnvironment)
}

const bindsEnvironment = ({ propertyName, name }: ts.BindingElement): boolean =>
  (propertyName ?? name).getText() === 'env'

const isProcess = (node: ts.Node): boolean => ts.isIdentifier(node) && node.text === 'process'
