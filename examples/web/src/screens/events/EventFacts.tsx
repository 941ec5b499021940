import type { EventCardFragment } from '@agora/client/apollo'

import { formatEventTime } from '../../components/formatTime.ts'
import { Icon } from '../../components/Icon.tsx'
import { describePlace } from './describeEvent.ts'

/** When and where an event takes place. */
export function EventFacts({ event }: { event: EventCardFragment }) {
  const { startsAt, endsAt, timeZone } = event
  return (
    <ul className="event-facts">
      <li>
        <Icon name="clock" />
        <time dateTime={startsAt}>{formatEventTime(startsAt, endsAt, timeZone)}</time>
      </li>
      <li>
        <Icon name="pin" />
        {describePlace(event)}
      </li>
    </ul>
  )
}
