import type { ApolloServerPlugin } from '@apollo/server'
import { GraphQLError } from 'graphql'

import type { RouterContext } from './context'

const json = 'application/json; charset=utf-8'
const graphqlResponse = 'application/graphql-response+json; charset=utf-8'

/**
 * Answers with the media type and the status that GraphQL over HTTP gives for what the client accepts
 * (https://graphql.github.io/graphql-over-http/draft/#sec-Responses): with application/json a request that is well
 * formed has status 200, whatever is wrong with its document or variables; with application/graphql-response+json the
 * status tells. A request that is not well formed has a 4xx status either way.
 */
export function createContentNegotiationPlugin(): ApolloServerPlugin<RouterContext> {
  return {
    async requestDidStart() {
      return {
        // The gateway throws a plain error for it.
        async didResolveOperation({ operation, request }) {
          if (operation) return
          const name = request.operationName
          throw new GraphQLError(
            name == null
              ? 'The document has several operations; operationName must say which one to run.'
              : 'The document has no operation of this name.',
            { extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } } },
          )
        },
        async willSendResponse({ request, response, errors }) {
          const type = negotiateMediaType(request.http?.headers.get('accept'))
          // Neither is accepted: Apollo Server answers with 406.
          if (type === undefined) return
          response.http.headers.set('content-type', type)
          const isWellFormed = !errors?.some(({ extensions }) => extensions['code'] === 'BAD_REQUEST')
          if (type === json && response.http.status === 400 && isWellFormed) response.http.status = 200
        },
      }
    },
  }
}

/** The type with the higher quality; the one named first where both have the same; JSON where neither is named. */
export function negotiateMediaType(accept: string | undefined): string | undefined {
  if (!accept?.trim()) return json
  const ranges = accept.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
    return { type, quality: quality === undefined ? 1 : Number(quality) || 0 }
  })
  const rank = (names: readonly string[]) => {
    for (const name of names) {
      const index = ranges.findIndex(({ type }) => type === name)
      const quality = ranges[index]?.quality
      if (quality !== undefined) return { quality, index: name.includes('*') ? Infinity : index }
    }
    return { quality: 0, index: Infinity }
  }
  const forJson = rank(['application/json', 'application/*', '*/*'])
  const forGraphql = rank(['application/graphql-response+json', 'application/*', '*/*'])
  if (forJson.quality === 0 && forGraphql.quality === 0) return undefined
  const graphqlWins =
    forGraphql.quality > forJson.quality ||
    (forGraphql.quality === forJson.quality && forGraphql.index < forJson.index)
  return graphqlWins ? graphqlResponse : json
}
