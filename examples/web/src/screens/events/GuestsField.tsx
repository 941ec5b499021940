import { TextField } from '../../components/form/fields.tsx'

interface GuestsFieldProps {
  maxGuests: number
  guestCount?: number
}

/** The number of guests of a registration, as `guestCount`. */
export function GuestsField({ maxGuests, guestCount = 0 }: GuestsFieldProps) {
  return (
    <TextField
      name="guestCount"
      label="Guests you bring"
      type="number"
      inputMode="numeric"
      min={0}
      max={maxGuests}
      defaultValue={guestCount}
      hint={`Up to ${maxGuests}.`}
    />
  )
}
