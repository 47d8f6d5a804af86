import type {Counter, Histogram, Registry} from 'prom-client'

/** Figures of this process for Prometheus. Owners of other figures add them to `registry`. */
export interface Metrics {
  readonly registry: Registry
  readonly httpRequests: Counter<'method' | 'route' | 'status'>
  readonly httpSeconds: Histogram<'method' | 'route'>
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Loads the library when metrics are wanted, and not before. */
export async function openMetrics(): Promise<Metrics> {
  const {collectDefaultMetrics, Counter, Histogram, Registry} = await import('prom-client')
  const registry = new Registry()
  collectDefaultMetrics({register: registry})
  return {
    registry,
    httpRequests: new Counter({
      name: 'pytake_http_requests_total',
      help: 'HTTP requests answered, by route pattern.',
      labelNames: ['method', 'route', 'status'],
      registers: [registry],
    }),
    httpSeconds: new Histogram({
      name: 'pytake_http_request_seconds',
      help: 'Time to answer an HTTP request, by route pattern.',
      labelNames: ['method', 'route'],
      buckets: SECONDS,
      registers: [registry],
    }),
  }
}
