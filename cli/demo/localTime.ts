interface LocalTime {
  /** Days after that of `now` in the time zone. */
  daysLater: number
  hour: number
  timeZone: string
}

/** Returns when the clocks of a time zone show a full hour, on a day relative to the present one. */
export function findLocalTime(now: Date, { daysLater, hour, timeZone }: LocalTime): Date {
  const today = readClock(now, timeZone)
  const wanted = Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate() + daysLater, hour)
  const findOffset = (time: number) => readClock(new Date(time), timeZone).getTime() - time
  // The offset at the result may differ from that of the estimate, where daylight saving time begins or ends between them.
  const estimate = wanted - findOffset(wanted)
  return new Date(wanted - findOffset(estimate))
}

/** Returns the date and the time of a time zone, to the second, as if they were those of UTC. */
function readClock(time: Date, timeZone: string): Date {
  const format = new Intl.DateTimeFormat('en', {
    ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    hourCycle: 'h23',
    timeZone,
  })
  const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]))
  const { year = 0, month = 1, day, hour, minute, second } = parts
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second))
}
