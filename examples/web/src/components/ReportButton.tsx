import { ReportSubjectDocument, type ReportReason } from '@agora/client/apollo'
import { useMutation } from '@apollo/client/react'
import { useId, useRef, useState } from 'react'

import { announce } from './announce.ts'
import { SelectField, TextAreaField } from './form/fields.tsx'
import { Form } from './form/Form.tsx'
import { readOptionalText, readText } from './form/readText.ts'
import { reportReasons } from './reportReasons.ts'

interface ReportButtonProps {
  subjectId: string
  /** For the title, for example “this post”. */
  subject: string
}

/** Opens a dialog to report something to the moderators. */
export function ReportButton({ subjectId, subject }: ReportButtonProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [isOpen, setOpen] = useState(false)
  const [isReported, setReported] = useState(false)
  const [report] = useMutation(ReportSubjectDocument)
  const titleId = useId()

  function open() {
    setOpen(true)
    dialog.current?.showModal()
  }

  if (isReported) return <span className="quiet">Reported</span>
  return (
    <>
      <button type="button" className="link-button" aria-label={`Report ${subject}`} onClick={open}>
        Report
      </button>
      {/* The browser keeps the focus inside, closes it on Escape, and moves the focus back. */}
      <dialog ref={dialog} className="dialog" aria-labelledby={titleId} onClose={() => setOpen(false)}>
        {isOpen && (
          <>
            <h2 id={titleId}>Report {subject}</h2>
            <Form
              submit="Send report"
              onSubmit={async (values) => {
                const reason = readText(values, 'reason') as ReportReason
                const note = readOptionalText(values, 'note')
                const { data, error } = await report({ variables: { input: { subjectId, reason, note } } })
                if (data?.report?.report) {
                  dialog.current?.close()
                  setReported(true)
                  announce('Thank you. The moderators will look at your report.')
                }
                return { userErrors: data?.report?.userErrors, error }
              }}
              actions={
                <button type="button" className="button button-quiet" onClick={() => dialog.current?.close()}>
                  Cancel
                </button>
              }
            >
              <SelectField name="reason" label="Reason">
                {Object.entries(reportReasons).map(([reason, label]) => (
                  <option key={reason} value={reason}>
                    {label}
                  </option>
                ))}
              </SelectField>
              <TextAreaField name="note" label="Explanation" hint="Optional, for the moderators only." />
            </Form>
          </>
        )}
      </dialog>
    </>
  )
}
