import type {IncomingHttpHeaders} from 'node:http'

/**
 * What carries requests: an undici dispatcher, or what does the same over another client. The low-level handler is used
 * because its `onRequestStart` is called just before the first byte is written: that, and nothing softer, decides the
 * `phase` of a failure.
 */
export interface Wire {
  dispatch(request: WireRequest, handler: WireHandler): unknown
}

export interface WireRequest {
  origin: string
  path: string
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  headers: Record<string, string>
  body: string | Buffer | undefined
}

export interface WireHandler {
  onRequestStart(control: WireControl): void
  onResponseStart(control: WireControl, status: number, headers: IncomingHttpHeaders): void
  onResponseData(control: WireControl, chunk: Buffer): void
  onResponseEnd(control: WireControl): void
  onResponseError(control: WireControl, error: Error): void
}

export interface WireControl {
  abort(reason: Error): void
}
