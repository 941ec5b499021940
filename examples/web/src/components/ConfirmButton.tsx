import type { ReactNode } from 'react'

import { DialogButton } from './DialogButton.tsx'
import { Form } from './form/Form.tsx'
import type { SubmitResult } from './form/formErrors.ts'

interface ConfirmButtonProps {
  label: string
  accessibleName: string
  title: string
  /** The consequences. */
  children: ReactNode
  onConfirm: () => Promise<SubmitResult>
}

/** A button for something that cannot be undone: asks before it is done. */
export function ConfirmButton({ label, accessibleName, title, children, onConfirm }: ConfirmButtonProps) {
  return (
    <DialogButton label={label} accessibleName={accessibleName} title={title}>
      {(close) => (
        <Form submit={label} isDangerous onSubmit={onConfirm} onCancel={close}>
          <p>{children}</p>
        </Form>
      )}
    </DialogButton>
  )
}
