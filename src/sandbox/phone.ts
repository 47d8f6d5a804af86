/** Brazilian mobile: country, area code, the ninth digit or not, and eight digits that begin with 6 to 9. */
const mobile = /^55([1-9][1-9])(9?)([6-9]\d{7})$/
/** Area codes below this one had the ninth digit before WhatsApp ids settled, so their ids always carry it. */
const FIRST_MIXED_AREA = 31

export const digitsOf = (text: string) => text.replace(/\D/g, '')

/** The same for both forms of one Brazilian mobile number; other numbers are themselves. */
export function matchKey(digits: string): string {
  const parts = mobile.exec(digits)
  return parts ? `55${parts[1]}${parts[3]}` : digits
}

/**
 * The WhatsApp id of the account behind a number. Below area 31 it has the ninth digit; from 31 up accounts have it or
 * not, which the number does not tell: `ninthDigit` says, and the default is the old form without it.
 */
export function accountId(digits: string, ninthDigit?: boolean): string {
  const parts = mobile.exec(digits)
  if (!parts) return digits
  const [, area = '', , rest = ''] = parts
  const nine = Number(area) < FIRST_MIXED_AREA || (ninthDigit ?? Number(rest[0]) < 7)
  return `55${area}${nine ? '9' : ''}${rest}`
}
