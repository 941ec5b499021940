import { ReportSubjectDocument, type ReportReason } from '@agora/client/apollo'
import { useMutation } from '@apollo/client/react'
import { useState } from 'react'

import { announce } from './announce.ts'
import { DialogButton } from './DialogButton.tsx'
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
  const [isReported, setReported] = useState(false)
  const [report] = useMutation(ReportSubjectDocument)
  const title = `Report ${subject}`
  if (isReported) return <span className="quiet">Reported</span>
  return (
    <DialogButton label="Report" accessibleName={title} title={title}>
      {(close) => (
        <Form
          submit="Send report"
          onSubmit={async (values) => {
            const reason = readText(values, 'reason') as ReportReason
            const note = readOptionalText(values, 'note')
            const { data, error } = await report({ variables: { input: { subjectId, reason, note } } })
            if (data?.report?.report) {
              close()
              setReported(true)
              announce('Thank you. The moderators will look at your report.')
            }
            return { userErrors: data?.report?.userErrors, error }
          }}
          onCancel={close}
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
      )}
    </DialogButton>
  )
}
