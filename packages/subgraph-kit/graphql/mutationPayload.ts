import { MutationRejectedError, type UserError } from '../../platform/errors'

/**
 * Runs a mutation's use case and shapes its payload: the use case's own fields with no `userErrors`, or, where it
 * was {@link MutationRejectedError}, `userErrors` alone, so that every object of the payload is null.
 *
 * @param work the use case; what it throws beside Refused passes through
 * @param otherwise non-null fields that a refused payload needs
 */
export async function toMutationPayload<Fields extends object, Otherwise extends object = object>(
  work: () => Promise<Fields>,
  otherwise?: Otherwise,
): Promise<(Fields | Otherwise) & { userErrors: UserError[] }> {
  try {
    return { ...(await work()), userErrors: [] }
  } catch (error) {
    if (!(error instanceof MutationRejectedError)) throw error
    return { ...(otherwise ?? ({} as Otherwise)), userErrors: [...error.userErrors] }
  }
}
