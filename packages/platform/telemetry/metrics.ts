import { Counter, Gauge, Registry } from 'prom-client'

export { Registry }

/** Creates the registry of a process, to be passed to everything that has metrics. */
export const createMetricsRegistry = (): Registry => new Registry()

interface InstrumentOptions<Label extends string> {
  /** With the unit as its suffix; a counter ends in `_total`. */
  name: string
  help: string
  labelNames?: readonly Label[]
  /** The value for several processes that are observed together. Default: the sum. */
  aggregator?: 'max' | 'min'
  registry: Registry
}

/** Reports a value of an instrument that is read when the metrics are scraped. */
type Report<Label extends string> = (value: number, labels?: Partial<Record<Label, string>>) => void

/**
 * Registers a gauge whose values are read when the metrics are scraped, so that keeping them costs nothing.
 *
 * @param read reports the value of each combination of labels; those that it does not report do not exist
 */
export function observeGauge<Label extends string>(
  options: InstrumentOptions<Label>,
  read: (report: Report<Label>) => Promise<void> | void,
): void {
  const { registry, labelNames = [], ...names } = options
  new Gauge<Label>({
    ...names,
    labelNames,
    registers: [registry],
    collect() {
      this.reset()
      return read((value, labels) => (labels ? this.set(labels, value) : this.set(value)))
    },
  })
}

/**
 * Registers a counter whose totals are kept elsewhere, and read when the metrics are scraped.
 *
 * @param read reports the total of each combination of labels, once; totals never decrease
 */
export function observeCounter<Label extends string>(
  options: InstrumentOptions<Label>,
  read: (report: Report<Label>) => Promise<void> | void,
): void {
  const { registry, labelNames = [], ...names } = options
  new Counter<Label>({
    ...names,
    labelNames,
    registers: [registry],
    collect() {
      this.reset()
      return read((total, labels) => (labels ? this.inc(labels, total) : this.inc(total)))
    },
  })
}
