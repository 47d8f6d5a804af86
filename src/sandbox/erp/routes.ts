import type {Answer, SandboxRequest} from '../exchange.ts'
import {answerHubsoft} from './hubsoft.ts'
import {answerIxc, PDF} from './ixcsoft.ts'
import {answerMk} from './mksolutions.ts'
import type {Provider} from './provider.ts'
import {answerSgp} from './sisgp.ts'

/** One address for all four: their paths have nothing in common. */
export function answerErp(provider: Provider, request: SandboxRequest): Answer {
  const {path} = request
  if (path.startsWith('/webservice/v1/')) return answerIxc(provider, request)
  if (/^\/(pdf|boleto|mk\/download)\//.test(path)) return {status: 200, body: PDF, type: 'application/pdf'}
  if (path.startsWith('/mk/')) return withLinks(answerMk(provider, request), request)
  if (path.startsWith('/api/ura/')) return withLinks(answerSgp(provider, request), request)
  if (path === '/oauth/token' || path.startsWith('/api/v1/'))
    return withLinks(answerHubsoft(provider, request), request)
  return {status: 404, body: '<html><h1>Not Found</h1></html>', type: 'text/html'}
}

/** Addresses of files become whole ones: they lie here as well. */
function withLinks(answer: Answer, {headers}: SandboxRequest): Answer {
  const host = headers.host ?? ''
  const mend = (text: string) => text.replace(/"(\/(?:pdf|boleto|mk\/download)\/[^"]+)"/g, `"http://${host}$1"`)
  if (typeof answer.body === 'string') return {...answer, body: mend(answer.body)}
  return {...answer, body: Buffer.from(mend(answer.body.toString('latin1')), 'latin1')}
}

/** What a fault's status looks like there. */
export const erpFault = (status: number): Answer => ({
  status: status >= 600 ? 500 : status,
  body: `<html><h1>HTTP Status ${status}</h1></html>`,
  type: 'text/html',
})
