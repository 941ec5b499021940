import { MutationRejectedError, type UserError } from '../../platform'

/**
 * Runs a mutation's use case and returns its payload: the result's fields without `userErrors`, or only the
 * `userErrors` of a {@link MutationRejectedError}, so that all objects of the payload are null.
 *
 * @param runUseCase errors other than MutationRejectedError are passed on
 * @param rejectedFields the non-null fields of a rejected payload
 */
export async function toMutationPayload<Fields extends object, RejectedFields extends object = object>(
  runUseCase: () => Promise<Fields>,
  rejectedFields?: RejectedFields,
): Promise<(Fields | RejectedFields) & { userErrors: UserError[] }> {
  try {
    return { ...(await runUseCase()), userErrors: [] }
  } catch (error) {
    if (!(error instanceof MutationRejectedError)) throw error
    return { ...(rejectedFields ?? ({} as RejectedFields)), userErrors: [...error.userErrors] }
  }
}
