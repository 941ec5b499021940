import type { Writer } from '../../packages/subgraph-kit'
import type { UsersService } from './service'

/** The context of the resolvers, created for each request. */
export interface Context extends Writer {
  service: UsersService
}
