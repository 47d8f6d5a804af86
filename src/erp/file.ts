import type {ErpLine, Slip} from './connector.ts'
import {isFailure} from './errors.ts'

const MOST_BYTES = 16 * 1024 * 1024

/** The second copy with its PDF, fetched from the address that the ERP gave where it did not give the file itself. */
export async function withPdf(slip: Slip, line: ErpLine): Promise<Slip> {
  if (slip.pdf_base64 !== null) return slip
  const without = (why: string): Slip => ({...slip, warnings: [...slip.warnings, `PDF: ${why}`]})
  if (slip.url === null || !URL.canParse(slip.url)) return without('the ERP gave neither a file nor an address.')
  const request = {
    method: 'GET',
    path: slip.url,
    anywhere: true,
    safe: true,
    mayLack: true,
    maxBytes: MOST_BYTES,
  } as const
  const reply = await line.send(request)
  if (isFailure(reply)) return without(reply.message)
  if (reply.body.subarray(0, 5).toString() !== '%PDF-') return without('what lies at the address is no PDF.')
  return {...slip, pdf_base64: reply.body.toString('base64')}
}
