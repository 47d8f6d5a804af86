import {parseCnpj, parseCpf} from '../base/documents.ts'
import {normalizePhone} from '../base/phone.ts'

/** Replaces personal data in answers of an ERP, the same by the same, so that what belongs together still does. */
export interface Anonymous {
  /** The value under that key, with everything that could name a person replaced. */
  clean(this: void, value: unknown, key?: string): unknown
}

const LINE = '75691.00014 00000.000109 00000.010025 4 16560000009990'
const BARCODE = '75694165600000099901000100000000100000001002'
const PIX =
  '00020101021226480014br.gov.bcb.pix2526pix.example/qr/v2/0f0e0d0c5204000053039865802BR5922PROVEDOR FICTICIO LTDA6009JOINVILLE62070503***63049828'
export const PDF_BASE64 = Buffer.from('%PDF-1.4\n%%EOF\n').toString('base64')

/** Texts in which an ERP speaks for itself: codes, states, plans. Everything else of letters is replaced. */
const ownWords =
  /^(status\w*|tipo\w*|type|situacao|contrato|plano\w*|servico_plano|motivo\w*|msg|mensagem|message|contratoStatus\w*|bloqueada|esta_reduzida|online|ativo|liberado|tecnologia|ordenar|previsao|nome_plano|error\w*|Num\. ERRO|codigo_erro)$/i
const secretKeys = /senha|password|token|secret/i
const birthKeys = /nasc/i
const isDay = /^(\d{4}-\d{2}-\d{2}|\d{2}\/\d{2}\/\d{4})([ T][\d:.+-]*)?$/
const isCode = /^[A-Za-z]{1,3}$/

/** Days, short codes, and numbers too short to be a document or a telephone. */
const isHarmless = (text: string) =>
  isDay.test(text) || isCode.test(text) || (!/\p{L}/u.test(text) && text.replace(/\D/g, '').length < 10)

export function createAnonymous(): Anonymous {
  const replaced = new Map<string, string>()
  const counts = new Map<string, number>()
  const same = (kind: string, original: string, make: (n: number) => string): string => {
    const key = `${kind} ${original}`
    const known = replaced.get(key)
    if (known !== undefined) return known
    const n = (counts.get(kind) ?? 0) + 1
    counts.set(kind, n)
    const fake = make(n)
    replaced.set(key, fake)
    return fake
  }

  const special = (text: string): string | undefined => {
    const digits = text.replace(/\D/g, '')
    if (text.startsWith('JVBERi0')) return PDF_BASE64
    if (/^000201/.test(text)) return PIX
    if (/^[\d.\s-]{47,60}$/.test(text) && digits.length >= 47) return LINE
    if (/^\d{44}$/.test(text)) return BARCODE
    if (/^https?:\/\//i.test(text) || /^\/\w+\//.test(text)) return same('url', text, (n) => `https://erp.example/${n}`)
    if (/@/.test(text)) return same('mail', text, (n) => `pessoa${n}@mail.example`)
    const document = parseCpf(text) ?? parseCnpj(text)
    if (document !== undefined) return same('document', document, (n) => fakeCpf(n))
    const phone = digits.length >= 10 && digits.length <= 13 ? normalizePhone(text) : undefined
    return phone && same('phone', phone.digits, (n) => `4799000${String(n).padStart(4, '0')}`)
  }

  const text = (value: string, key: string): string => {
    if (secretKeys.test(key)) return 'FAKE'
    if (birthKeys.test(key) && value !== '' && !value.startsWith('0000')) return '1980-01-01'
    const known = special(value.trim())
    if (known !== undefined) return known
    if (isHarmless(value)) return value
    return ownWords.test(key) ? withoutNumbers(value) : same('text', value, (n) => `Texto ${n}`)
  }

  const clean = (value: unknown, key = ''): unknown => {
    if (typeof value === 'string') return text(value, key)
    if (typeof value === 'number') return Math.abs(value) < 1e9 ? value : Number(text(String(value), key)) || 0
    if (Array.isArray(value)) return value.map((item) => clean(item, key))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, clean(item, name)]))
  }
  return {clean}
}

/** Words of the ERP itself may quote a document or a protocol. */
const withoutNumbers = (text: string) => text.replace(/[\d.\-/]{9,}/g, '000')

/** A CPF with right check digits that nobody has been given for sure: it begins with 000. */
function fakeCpf(n: number): string {
  const base = `000${String(n).padStart(6, '0')}`
  const digit = (digits: string) => {
    const sum = [...digits].reduce((all, one, index) => all + Number(one) * (digits.length + 1 - index), 0)
    return ((sum * 10) % 11) % 10
  }
  const first = digit(base)
  return `${base}${first}${digit(`${base}${first}`)}`
}
