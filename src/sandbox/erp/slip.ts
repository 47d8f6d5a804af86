/** Slips and PIX codes with right check digits that nobody can pay; written apart from the code that reads them. */

export interface Slip {
  line: string
  barcode: string
  pix: string
}

const DAY_MS = 86_400_000

export function slipFor(number: number, cents: number, due: string): Slip {
  const factor = 1000 + Math.round((Date.parse(due) - Date.UTC(2025, 1, 22)) / DAY_MS)
  const free = `100010000000010000000${String(number).padStart(4, '0').slice(-4)}`
  const rest = `7569${String(factor).padStart(4, '0')}${String(cents).padStart(10, '0')}${free}`
  const digit = general(rest)
  const barcode = `7569${digit}${rest.slice(4)}`
  const fields = [`7569${free.slice(0, 5)}`, free.slice(5, 15), free.slice(15)].map((field) => field + luhn(field))
  const [a = '', b = '', c = ''] = fields
  const line = `${a.slice(0, 5)}.${a.slice(5)} ${b.slice(0, 5)}.${b.slice(5)} ${c.slice(0, 5)}.${c.slice(5)} ${digit} ${barcode.slice(5, 19)}`
  return {line, barcode, pix: pixFor(number)}
}

function luhn(digits: string): number {
  const sum = [...digits].reverse().reduce((all, digit, index) => {
    const product = Number(digit) * (index % 2 === 0 ? 2 : 1)
    return all + Math.floor(product / 10) + (product % 10)
  }, 0)
  return (10 - (sum % 10)) % 10
}

function general(digits: string): number {
  const sum = [...digits].reverse().reduce((all, digit, index) => all + Number(digit) * ((index % 8) + 2), 0)
  const digit = 11 - (sum % 11)
  return digit > 9 ? 1 : digit
}

function pixFor(number: number): string {
  const url = `pix.example/qr/v2/${String(number).padStart(8, '0')}0f0e0d0c`
  const account = `0014br.gov.bcb.pix25${url.length}${url}`
  const text = `00020101021226${account.length}${account}5204000053039865802BR5922PROVEDOR FICTICIO LTDA6009JOINVILLE62070503***6304`
  return text + checksum(text)
}

function checksum(text: string): string {
  let crc = 0xffff
  for (const byte of Buffer.from(text)) {
    crc ^= byte << 8
    for (let i = 0; i < 8; i++) crc = ((crc << 1) ^ ((crc & 0x8000) === 0 ? 0 : 0x1021)) & 0xffff
  }
  return crc.toString(16).toUpperCase().padStart(4, '0')
}
