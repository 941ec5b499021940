import {
  readPage,
  toConnection,
  type Connection,
  type PageArguments,
} from '../../../../packages/subgraph-kit/pagination'
import { hasRole } from '../../../../packages/auth'
import { isId, requireId } from '../../../../schema/ids'
import type { ModerationAction } from '../../domain/moderation/moderationAction'
import { logOrder, logSortKey } from '../../repository/moderation/moderationActions'
import type { UseCaseDependencies } from '../dependencies'
import { requireModerator } from './moderators'
import { requireSubjectType } from './reports'

interface LogArguments extends PageArguments {
  subjectId?: string | null
  moderatorId?: string | null
}

/** Creates the use cases of the moderation log. */
export function createModerationLogUseCases(dependencies: UseCaseDependencies) {
  const { viewer, moderationActions } = dependencies
  return {
    /** Resolves a reference to an entry of the log; null unless the viewer may read it. */
    moderationActionReference: async (id: string): Promise<ModerationAction | null> =>
      hasRole(viewer, 'MODERATOR') && isId('ModerationAction', id)
        ? ((await moderationActions.find(id)) ?? null)
        : null,

    /** Returns the log, newest first, for moderators. @throws BAD_USER_INPUT for invalid arguments */
    async moderationLog({
      subjectId,
      moderatorId,
      ...args
    }: LogArguments): Promise<Connection<ModerationAction>> {
      await requireModerator(dependencies)
      if (subjectId != null) requireSubjectType(subjectId, ['subjectId'])
      if (moderatorId != null) requireId('User', moderatorId, ['moderatorId'])
      const filter = { subjectId: subjectId ?? null, moderatorId: moderatorId ?? null }
      const page = readPage(args, logOrder, ['moderationLog', filter])
      const rows = await moderationActions.findPage(filter, page)
      return toConnection(page, rows, logSortKey, () => moderationActions.count(filter))
    },
  }
}
