import { GraphQLRequestError, type Client } from '@agora/client'
import { ApolloLink, Observable } from '@apollo/client'
import { OperationTypeNode } from 'graphql'

/** Creates a link that sends the operations of Apollo Client with Agora's client. */
export function agoraLink(client: Client): ApolloLink {
  return new ApolloLink(
    (operation) =>
      new Observable((observer) => {
        const controller = new AbortController()
        const { signal } = controller
        const { query, variables } = operation

        async function run() {
          if (operation.operationType === OperationTypeNode.SUBSCRIPTION) {
            for await (const data of client.subscribe(query, variables, { signal }))
              observer.next({ data: data as Record<string, unknown> })
          } else {
            observer.next(await sendRequest())
          }
          observer.complete()
        }
        async function sendRequest(): Promise<ApolloLink.Result> {
          try {
            const data: unknown = await client.request(query, variables, { signal })
            return { data: data as Record<string, unknown> }
          } catch (error) {
            if (!(error instanceof GraphQLRequestError) || error.errors.length === 0) throw error
            return { data: error.data as Record<string, unknown> | null, errors: error.errors }
          }
        }

        run().catch((error: unknown) => {
          if (!signal.aborted) observer.error(error)
        })
        return () => controller.abort()
      }),
  )
}
