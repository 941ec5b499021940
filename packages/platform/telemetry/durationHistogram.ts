import { Histogram, type Registry } from 'prom-client'

/** The upper bounds of the buckets, in seconds, as OpenTelemetry advises for requests. */
const requestBuckets = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
]

/** Observes one duration, in seconds. */
type ObserveDuration = (seconds: number) => void

interface DurationHistogramOptions<LabelNames extends readonly string[]> {
  /** Ends in `_duration_seconds`. */
  name: string
  help: string
  labelNames: LabelNames
  /** The upper bounds of the buckets, in seconds. Default: those for requests. */
  buckets?: readonly number[]
  /** Undefined when the metrics are not read: then nothing is measured. */
  registry: Registry | undefined
}

/**
 * Registers a histogram of durations for paths that every request takes. prom-client's own histogram validates the labels and
 * concatenates them to a key at each observation, also for a child of `labels()`, which takes some 20 times as long.
 *
 * @returns a function that finds the series of the values of all labels, in the order of their names, and creates it at first
 */
export function createDurationHistogram<const LabelNames extends readonly string[]>({
  labelNames,
  buckets = requestBuckets,
  registry,
  ...names
}: DurationHistogramOptions<LabelNames>): (
  ...values: { [Index in keyof LabelNames]: string }
) => ObserveDuration {
  if (!registry) return () => ignoreDuration
  const series: DurationSeries[] = []
  new DurationHistogram({ ...names, labelNames, registers: [registry] }, buckets, series)
  const root = new LabelNode()
  return (...values) => {
    // A map for each label: a single key would be concatenated and hashed at each call.
    let node = root
    for (const value of values) node = node.findChild(value)
    if (node.observe) return node.observe
    const labels = Object.fromEntries(labelNames.map((name, index) => [name, values[index] ?? '']))
    const created = createSeries(labels, buckets)
    series.push(created)
    return (node.observe = created.observe)
  }
}

/** The series that have the same values of the first labels. */
class LabelNode {
  readonly #children = new Map<string, LabelNode>()
  observe: ObserveDuration | undefined

  /** Returns the node for a value of the next label, and creates it at first. */
  findChild(value: string): LabelNode {
    const known = this.#children.get(value)
    if (known) return known
    const created = new LabelNode()
    this.#children.set(value, created)
    return created
  }
}

const ignoreDuration: ObserveDuration = () => undefined

interface DurationSeries {
  readonly labels: Readonly<Record<string, string>>
  /** The number of durations in each bucket, and beyond the last one. */
  readonly counts: readonly number[]
  readonly sum: number
  readonly observe: ObserveDuration
}

function createSeries(labels: DurationSeries['labels'], buckets: readonly number[]): DurationSeries {
  const counts = new Array<number>(buckets.length + 1).fill(0)
  let sum = 0
  return {
    labels,
    counts,
    get sum() {
      return sum
    },
    observe(seconds) {
      let index = 0
      while (seconds > (buckets[index] ?? Infinity)) index++
      counts[index] = (counts[index] ?? 0) + 1
      sum += seconds
    },
  }
}

type HistogramConfiguration = ConstructorParameters<typeof Histogram<string>>[0]

/** Replaces the values of prom-client's histogram. */
class DurationHistogram extends Histogram {
  readonly #series: readonly DurationSeries[]
  readonly #buckets: readonly number[]
  readonly #withoutValues: Histogram

  constructor(
    configuration: HistogramConfiguration,
    buckets: readonly number[],
    series: readonly DurationSeries[],
  ) {
    super(configuration)
    this.#series = series
    this.#buckets = buckets
    this.#withoutValues = new Histogram({ ...configuration, registers: [] })
  }

  /** Returns the values with all of their labels, to be added to those of other processes. */
  override async get() {
    const { values, ...metric } = await this.getForPromString()
    return {
      ...metric,
      values: values.map(({ sharedLabels, labels, ...value }) => ({
        ...value,
        labels: { ...labels, ...sharedLabels },
      })),
    }
  }

  /** The registry prefers this method of prom-client's metrics to `get`. It formats the shared labels of a series only once. */
  async getForPromString() {
    const metric = await this.#withoutValues.get()
    return { ...metric, values: this.#series.flatMap((each) => this.#listValues(metric.name, each)) }
  }

  #listValues(name: string, { labels: sharedLabels, counts, sum }: DurationSeries) {
    let total = 0
    if (counts.every((count) => count === 0)) return []
    const buckets = counts.map((count, index) => {
      total += count
      const labels = { le: this.#buckets[index] ?? '+Inf' }
      return { metricName: `${name}_bucket`, labels, sharedLabels, value: total }
    })
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: {}, sharedLabels, value: sum },
      { metricName: `${name}_count`, labels: {}, sharedLabels, value: total },
    ]
  }
}
