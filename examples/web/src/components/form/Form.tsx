import { useEffect, useRef, useState, type ReactNode, type SubmitEvent } from 'react'

import { describeError } from '../../api/errors.ts'
import { assignErrors, FormErrorsContext, noErrors, validateFields, type SubmitResult } from './formErrors.ts'

interface FormProps {
  /** The text of the submit button. */
  submit: string
  onSubmit: (values: FormData) => Promise<SubmitResult | undefined>
  /** Clears the fields after a success. */
  resets?: boolean
  /** Beside the submit button. */
  actions?: ReactNode
  /** Adds a button that closes the form. */
  onCancel?: () => void
  isDangerous?: boolean
  children: ReactNode
}

/** A form that shows its own errors and those of a mutation at the fields, and moves the focus to the first of them. */
export function Form({
  submit,
  onSubmit,
  resets = false,
  actions,
  onCancel,
  isDangerous = false,
  children,
}: FormProps) {
  const form = useRef<HTMLFormElement>(null)
  const [errors, setErrors] = useState(noErrors)
  const [isPending, setPending] = useState(false)

  async function handleSubmit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    if (isPending) return
    const { currentTarget } = event
    const fields = validateFields(currentTarget)
    if (Object.keys(fields).length > 0) {
      setErrors({ fields, others: [] })
      return
    }
    setPending(true)
    setErrors(noErrors)
    try {
      const { userErrors = [], error } = (await onSubmit(new FormData(currentTarget))) ?? {}
      if (error) setErrors({ fields: {}, others: [describeError(error)] })
      else if (userErrors.length > 0)
        setErrors(assignErrors(userErrors, (name) => currentTarget.elements.namedItem(name) !== null))
      else if (resets) currentTarget.reset()
    } catch (error) {
      setErrors({ fields: {}, others: [describeError(error)] })
    } finally {
      setPending(false)
    }
  }

  useEffect(() => {
    if (errors !== noErrors) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [errors])

  return (
    // Errors are shown at their fields, not in the browser's bubbles.
    <form ref={form} className="form" noValidate onSubmit={(event) => void handleSubmit(event)}>
      <FormErrorsContext value={errors}>{children}</FormErrorsContext>
      <div role="alert">
        {errors.others.map((message) => (
          <p key={message} className="form-error">
            {message}
          </p>
        ))}
      </div>
      <div className="form-actions">
        <button
          type="submit"
          className={isDangerous ? 'button button-danger' : 'button button-primary'}
          aria-disabled={isPending}
        >
          {submit}
        </button>
        {onCancel && (
          <button type="button" className="button button-quiet" onClick={onCancel}>
            Cancel
          </button>
        )}
        {actions}
      </div>
    </form>
  )
}
