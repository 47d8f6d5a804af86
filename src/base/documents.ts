/** Brazilian documents: CPF (a person) and CNPJ (a company), the alphanumeric one included. */

const separators = /[\s./-]/g
const equalCharacters = /^(.)\1*$/
const cpfShape = /^\d{11}$/
const cnpjShape = /^[0-9A-Z]{12}\d{2}$/
const CNPJ_WEIGHTS = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]

/** Upper case without dots, dashes, slashes and spaces. Letters stay: a CNPJ may hold them. */
export const cleanDocument = (text: string) => text.replace(separators, '').toUpperCase()

const valueAt = (text: string, index: number) => text.charCodeAt(index) - 48

function cpfDigit(text: string, length: number): number {
  let sum = 0
  for (let i = 0; i < length; i++) sum += valueAt(text, i) * (length + 1 - i)
  return ((sum * 10) % 11) % 10
}

function cnpjDigit(text: string, length: number): number {
  let sum = 0
  for (let i = 0; i < length; i++) sum += valueAt(text, i) * (CNPJ_WEIGHTS[i + CNPJ_WEIGHTS.length - length] ?? 0)
  const rest = sum % 11
  return rest < 2 ? 0 : 11 - rest
}

/** The 11 digits of a valid CPF, however it was punctuated; undefined when it is none. */
export function parseCpf(text: string): string | undefined {
  const digits = cleanDocument(text)
  if (!cpfShape.test(digits) || equalCharacters.test(digits)) return undefined
  return cpfDigit(digits, 9) === valueAt(digits, 9) && cpfDigit(digits, 10) === valueAt(digits, 10) ? digits : undefined
}

/** The 14 characters of a valid CNPJ, numeric or alphanumeric; undefined when it is none. */
export function parseCnpj(text: string): string | undefined {
  const document = cleanDocument(text)
  if (!cnpjShape.test(document) || equalCharacters.test(document)) return undefined
  const right = cnpjDigit(document, 12) === valueAt(document, 12) && cnpjDigit(document, 13) === valueAt(document, 13)
  return right ? document : undefined
}

/** `529.982.247-25`; text that is no valid CPF comes back as it was. */
export function formatCpf(text: string): string {
  const digits = parseCpf(text)
  return digits ? `${digits.slice(0, 3)}.${digits.slice(3, 6)}.${digits.slice(6, 9)}-${digits.slice(9)}` : text
}

/** `12.ABC.345/01DE-35`; text that is no valid CNPJ comes back as it was. */
export function formatCnpj(text: string): string {
  const c = parseCnpj(text)
  return c ? `${c.slice(0, 2)}.${c.slice(2, 5)}.${c.slice(5, 8)}/${c.slice(8, 12)}-${c.slice(12)}` : text
}

/** A CPF or CNPJ with most of it hidden, for logs: `***.982.247-**`, `12.(6 hidden)/0001-**`; any other text becomes `***`. */
export function maskDocument(text: string): string {
  const cpf = parseCpf(text)
  if (cpf) return `***.${cpf.slice(3, 6)}.${cpf.slice(6, 9)}-**`
  const cnpj = parseCnpj(text)
  return cnpj ? `${cnpj.slice(0, 2)}.***.***/${cnpj.slice(8, 12)}-**` : '***'
}
