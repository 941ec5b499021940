import { composeForeign } from '../../../support/federation-router/foreignFederation'
import { startRouter } from '../../../support/federation-router/testRouter'

describe.each(['agora', 'apollo'])('the executor %s', (executor) => {
  const start = (a: string, b = 'type Query { b: Int @shareable }') =>
    startRouter(
      { ROUTER_EXECUTOR: executor },
      new Map(['A_URL', 'B_URL'].map((name) => [name, 'http://127.0.0.1:9/graphql'])),
      composeForeign({ a: { typeDefs: a }, b: { typeDefs: b } }),
    )

  it('refuses @override with a label, by the name of the field', async () => {
    const supergraph = 'type Query { b: Int @override(from: "b", label: "percent(5)") }'
    await expect(start(supergraph, 'type Query { b: Int }')).rejects.toMatchObject({
      name: 'StartupError',
      message: expect.stringContaining('@override(label: "percent(5)") on Query.b'),
    })
  })

  it('accepts @override without a label', async () => {
    const router = await start('type Query { b: Int @override(from: "b") }', 'type Query { b: Int c: Int }')
    await router.close()
  })

  it.each(['a: Int @cost(weight: 3)', 'a: [Int] @listSize(assumedSize: 3)'])(
    'warns about %s',
    async (field) => {
      const router = await start(`type Query { ${field} }`)
      await router.close()
      expect(router.logged).toContainEqual(
        expect.objectContaining({
          level: 40,
          directives: 1,
          msg: expect.stringContaining('@cost or @listSize'),
        }),
      )
    },
  )
})
