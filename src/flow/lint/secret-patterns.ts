/** Tokens that can be told by their looks, wherever they stand. Each pattern takes time linear in the text. */
export const tokenPatterns: readonly {name: string; pattern: RegExp}[] = [
  {name: 'a private key', pattern: /-----BEGIN (?:[A-Z]{1,20} ){0,3}PRIVATE KEY-----/g},
  {name: 'an access token of Meta', pattern: /\bEAA[A-Za-z0-9]{30,}/g},
  {name: 'an API token of PyTake', pattern: /\bpyt_[\w-]{40,}/g},
  {name: 'a token of GitHub', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,})/g},
  {name: 'a token of GitLab', pattern: /\bglpat-[\w-]{20,}/g},
  {name: 'a key of AWS', pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g},
  {name: 'a key of Google', pattern: /\bAIza[\w-]{35}/g},
  {name: 'a token of Slack', pattern: /\bxox[abprs]-[\w-]{10,}/g},
  {name: 'a key of Stripe', pattern: /\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}/g},
  {name: 'a key of an AI service', pattern: /\bsk-[\w-]{20,}/g},
  {name: 'a key of SendGrid', pattern: /\bSG\.[\w-]{16,}\.[\w-]{16,}/g},
  {name: 'an access token of Mercado Pago', pattern: /\bAPP_USR-[\w-]{30,}/g},
  {name: 'a key of Asaas', pattern: /\$aact_[\w-]{20,}/g},
  {name: 'a signed token (JWT)', pattern: /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/g},
]

const secretNames =
  /^(?:proxy-)?authorization$|^cookie$|(?:^|[-_])(?:token|secret|password|passwd|senha|apikey)$|api[-_]?key$|(?:access|auth|client|refresh)[-_]?(?:token|key|secret)$/i

/** Whether a header or a field of this name usually holds a secret. */
export const isNamedLikeSecret = (name: string): boolean => secretNames.test(name)

/** What an address gives away, in words; undefined when nothing. */
export function credentialIn(text: string): string | undefined {
  const [, authority = '', query = ''] = /^https?:\/\/([^/?#\s]*)[^?#\s]*(?:\?([^#\s]*))?/i.exec(text) ?? []
  const [, password] = /^[^@:]*:([^@]+)@/.exec(authority) ?? []
  if (password !== undefined && !isFilledIn(password)) return 'a password'
  for (const pair of query.split('&')) {
    const [name = '', value = ''] = pair.split('=', 2)
    if (value.length >= 6 && !isFilledIn(value) && (isNamedLikeSecret(name) || looksRandom(value)))
      return `the value of "${name}"`
  }
  return undefined
}

const isFilledIn = (text: string) => /\{\{|\$\{/.test(text)

const SHORTEST_RANDOM = 32
/** Bits a character: hexadecimal digits have 4 at most, words of a language about 3. */
const RANDOM_BITS = 3.5

/** Whether a text is one long word of letters and digits without any pattern. Identifiers with dashes are none. */
export function looksRandom(text: string): boolean {
  if (text.length < SHORTEST_RANDOM || !/^[A-Za-z0-9+/=_]+$/.test(text)) return false
  if (!/\d/.test(text) || !/[A-Za-z]/.test(text)) return false
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  const shares = [...counts.values()].map((count) => count / text.length)
  return -shares.reduce((sum, share) => sum + share * Math.log2(share), 0) >= RANDOM_BITS
}
