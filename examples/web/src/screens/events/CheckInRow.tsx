import { CheckInDocument, UndoCheckInDocument, type CheckInListQuery } from '@agora/client/apollo'
import { useMutation } from '@apollo/client/react'
import { useState } from 'react'

import { describeError } from '../../api/errors.ts'
import { Byline } from '../../components/Byline.tsx'

type EventOfList = NonNullable<CheckInListQuery['event']>

interface CheckInRowProps {
  eventId: string
  registration: NonNullable<EventOfList['registrations']>['nodes'][number]
}

/** A party that is expected, or has arrived. */
export function CheckInRow({ eventId, registration }: CheckInRowProps) {
  const { id, user, guestCount, checkedInAt, arrivedCount, ticketCode } = registration
  const [checkIn] = useMutation(CheckInDocument)
  const [undoCheckIn] = useMutation(UndoCheckInDocument)
  const [problem, setProblem] = useState<string>()
  const name = user?.displayName ?? 'this person'
  const size = 1 + guestCount

  async function checkPartyIn(code: string) {
    const { data, error } = await checkIn({ variables: { input: { eventId, ticketCode: code } } })
    setProblem(error ? describeError(error) : data?.checkIn?.userErrors[0]?.message)
  }
  async function undo() {
    const { data, error } = await undoCheckIn({ variables: { input: { registrationId: id } } })
    setProblem(error ? describeError(error) : data?.undoCheckIn?.userErrors[0]?.message)
  }

  return (
    <li className="row">
      <Byline author={user} fallback="Account unavailable">
        {checkedInAt ? `${arrivedCount} of ${size} arrived` : size === 1 ? '1 person' : `${size} people`}
      </Byline>
      <div role="alert">{problem && <p className="form-error">{problem}</p>}</div>
      {checkedInAt ? (
        <button type="button" className="button button-quiet" onClick={() => void undo()}>
          Undo<span className="visually-hidden"> the check-in of {name}</span>
        </button>
      ) : (
        ticketCode !== null && (
          <button type="button" className="button" onClick={() => void checkPartyIn(ticketCode)}>
            Check in<span className="visually-hidden"> {name}</span>
          </button>
        )
      )}
    </li>
  )
}
