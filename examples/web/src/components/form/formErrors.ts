import type { UserErrorFieldsFragment } from '@agora/client/apollo'
import { createContext } from 'react'

/** The result of a mutation: values to correct, or an error of the request. */
export interface SubmitResult {
  userErrors?: readonly UserErrorFieldsFragment[] | undefined
  error?: unknown
}

/** The message of each field, by its name, and those that belong to no field. */
export interface FormErrors {
  fields: Readonly<Record<string, string>>
  others: readonly string[]
}

export const noErrors: FormErrors = { fields: {}, others: [] }

export const FormErrorsContext = createContext<FormErrors>(noErrors)

/** Assigns user errors to the fields that the form has. `field` is the path into the mutation's input. */
export function assignErrors(
  userErrors: readonly UserErrorFieldsFragment[],
  hasField: (name: string) => boolean,
): FormErrors {
  const fields: Record<string, string> = {}
  const others: string[] = []
  for (const { field, message } of userErrors) {
    const name = field?.[0]
    if (name === undefined || !hasField(name)) others.push(message)
    else fields[name] ??= message
  }
  return { fields, others }
}

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement

/**
 * Returns the browser's messages for fields that are empty although required, or have no value of their type. The server
 * judges addresses: browsers refuse international ones.
 */
export const validateFields = (form: HTMLFormElement): FormErrors['fields'] =>
  Object.fromEntries(
    [...form.querySelectorAll<Control>('input:invalid, select:invalid, textarea:invalid')]
      .filter(({ validity }) => !validity.typeMismatch)
      .map(({ name, validationMessage }) => [name, validationMessage]),
  )
