import { z } from 'zod'

const percentEncodedPairs = /^\s*[^=,\s]+=[^,]*(,\s*[^=,\s]+=[^,]*)*\s*$/

/** The settings of metrics, traces and slow operations, the same for the router and every subgraph. */
export const telemetryConfigShape = {
  METRICS_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65535)
    .optional()
    .describe(
      'Port of `/metrics`, on the address of `HOST`. Default: the port of the process itself, in production none. See ' +
        '[observability](observability.md#metrics).',
    ),
  SLOW_MS: z.coerce
    .number()
    .int()
    .min(0)
    .default(500)
    .describe(
      'Operations and database commands that take longer are logged as a warning, with a summary of their plan.',
    ),
  OTEL_SDK_DISABLED: z
    .string()
    .toLowerCase()
    // The specification lets every other value count as false.
    .transform((value) => value === 'true')
    .default(false)
    .describe('`true` disables traces.'),
  OTEL_TRACES_EXPORTER: z
    .enum(['otlp', 'none'])
    .optional()
    .describe('Exporter of traces. Default: `otlp` if one of the endpoints is set, otherwise `none`.'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .optional()
    .describe(
      'OTLP/HTTP collector of traces, such as `http://127.0.0.1:4318`, to which `/v1/traces` is added. See ' +
        '[traces](observability.md#traces).',
    ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .optional()
    .describe('Whole address of the collector for traces, instead of `OTEL_EXPORTER_OTLP_ENDPOINT`.'),
  OTEL_SERVICE_NAME: z
    .string()
    .optional()
    .describe('Name of a single process in traces. Default: `router`, or the name of the subgraph.'),
  OTEL_RESOURCE_ATTRIBUTES: z
    .string()
    .regex(
      percentEncodedPairs,
      'must be pairs such as deployment.environment.name=staging, separated by commas',
    )
    .optional()
    .describe('Attributes of all spans: `name=value` pairs separated by commas, values percent-encoded.'),
  OTEL_TRACES_SAMPLER: z
    .enum([
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ])
    .default('parentbased_always_on')
    .describe(
      'Which requests are traced; `parentbased_…` follows the decision in the `traceparent` of a request, and that of the publisher of an event.',
    ),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('Share of requests that the samplers with `traceidratio` trace, from 0 to 1.'),
}

/** The values of {@link telemetryConfigShape}. */
export type TelemetryConfig = z.infer<z.ZodObject<typeof telemetryConfigShape>>
