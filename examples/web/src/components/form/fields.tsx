import type { ComponentProps } from 'react'

import { Field } from './Field.tsx'

interface Labelled {
  name: string
  label: string
  hint?: string
  hidesLabel?: boolean
}

export function TextField({ name, label, hint, hidesLabel, ...input }: Labelled & ComponentProps<'input'>) {
  return (
    <Field name={name} label={label} {...(hint && { hint })} {...(hidesLabel && { hidesLabel })}>
      {(control) => <input className="input" type="text" {...input} {...control} />}
    </Field>
  )
}

export function TextAreaField({
  name,
  label,
  hint,
  hidesLabel,
  ...textarea
}: Labelled & ComponentProps<'textarea'>) {
  return (
    <Field name={name} label={label} {...(hint && { hint })} {...(hidesLabel && { hidesLabel })}>
      {(control) => <textarea className="input" rows={3} {...textarea} {...control} />}
    </Field>
  )
}

export function SelectField({
  name,
  label,
  hint,
  hidesLabel,
  ...select
}: Labelled & ComponentProps<'select'>) {
  return (
    <Field name={name} label={label} {...(hint && { hint })} {...(hidesLabel && { hidesLabel })}>
      {(control) => <select className="input" {...select} {...control} />}
    </Field>
  )
}
