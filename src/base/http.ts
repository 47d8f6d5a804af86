/** The one way out. Each call names the policy that says where it may go (rules 7.1). */
export interface Http {
  request(request: HttpRequest): Promise<HttpResponse>
  close(): Promise<void>
}

export interface HttpRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: string
  headers?: Record<string, string>
  body?: string | Buffer | FormData
  policy: NetworkPolicy
  timeoutMs: number
  /** Most bytes of the answer. */
  maxBytes?: number
  signal?: AbortSignal
}

/** `public`: only public addresses. `configured`: an address an operator wrote; private only when allowed. */
export interface NetworkPolicy {
  kind: 'public' | 'configured'
  allowPrivate?: boolean
}

export interface HttpResponse {
  status: number
  headers: Record<string, string>
  body: Buffer
}
