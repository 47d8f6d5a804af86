import {centsOf} from './money.ts'

/** What a PIX code (BR Code, "copia e cola") says. The text itself is passed on as it is, never built again. */
export interface Pix {
  /** Null when the payer decides, or when the address behind the code does. */
  amountCents: number | null
  merchant: string
  city: string
  /** Static codes have a key, dynamic ones an address. */
  key: string | null
  url: string | null
  txid: string | null
  /** Some banks get it wrong; people can often pay all the same, so this is a warning. */
  checksumOk: boolean
}

const CRC_FIELD = '6304'

/** CRC-16/CCITT-FALSE, as four upper-case hex digits. */
export function crc16(text: string): string {
  let crc = 0xffff
  for (const byte of Buffer.from(text, 'utf8')) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff
  }
  return crc.toString(16).toUpperCase().padStart(4, '0')
}

/** Reads a code; undefined when it is none. Lengths that count bytes instead of characters are understood too. */
export function parsePix(text: string): Pix | undefined {
  const code = text.trim()
  if (!code.startsWith('000201') || code.slice(-8, -4) !== CRC_FIELD) return undefined
  const fields = readFields(code) ?? readFields(Buffer.from(code, 'utf8').toString('latin1'), true)
  if (!fields || fields.get('58') !== 'BR') return undefined
  const account = [...fields].find(([id, value]) => id >= '26' && id <= '51' && /br\.gov\.bcb\.pix/i.test(value))
  const inside = account && readFields(account[1])
  if (!inside) return undefined
  const more = readFields(fields.get('62') ?? '')
  return {
    amountCents: centsOf(fields.get('54')) ?? null,
    merchant: fields.get('59') ?? '',
    city: fields.get('60') ?? '',
    key: inside.get('01') ?? null,
    url: inside.get('25') ?? null,
    txid: more?.get('05') ?? null,
    checksumOk: crc16(code.slice(0, -4)) === code.slice(-4).toUpperCase(),
  }
}

/** Two digits of id, two of length, the value; undefined when the lengths do not come out even. */
function readFields(text: string, bytes = false): Map<string, string> | undefined {
  const fields = new Map<string, string>()
  for (let at = 0; at < text.length;) {
    const [, id = '', length = ''] = /^(\d{2})(\d{2})/.exec(text.slice(at, at + 4)) ?? []
    const value = text.slice(at + 4, at + 4 + Number(length))
    if (length === '' || value.length !== Number(length)) return undefined
    fields.set(id, bytes ? Buffer.from(value, 'latin1').toString('utf8') : value)
    at += 4 + Number(length)
  }
  return fields
}
