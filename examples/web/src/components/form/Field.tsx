import { use, useId, type ReactNode } from 'react'

import { FormErrorsContext } from './formErrors.ts'

interface FieldProps {
  /** The name of the value in the mutation's input. */
  name: string
  label: string
  hint?: string
  /** Visible to screen readers only, where the context says it. */
  hidesLabel?: boolean
  children: (control: ControlProps) => ReactNode
}

/** The attributes that connect a control with its label, hint and error. */
export interface ControlProps {
  id: string
  name: string
  'aria-invalid': boolean
  'aria-describedby': string | undefined
}

export function Field({ name, label, hint, hidesLabel = false, children }: FieldProps) {
  const id = useId()
  const error = use(FormErrorsContext).fields[name]
  const descriptions = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ')
  return (
    <div className="field">
      <label htmlFor={id} className={hidesLabel ? 'visually-hidden' : 'label'}>
        {label}
      </label>
      {children({
        id,
        name,
        'aria-invalid': error !== undefined,
        'aria-describedby': descriptions || undefined,
      })}
      {error && (
        <p id={`${id}-error`} className="field-error">
          {error}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="field-hint">
          {hint}
        </p>
      )}
    </div>
  )
}
