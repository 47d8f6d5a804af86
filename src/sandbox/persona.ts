import type {ReceivedMessage, ReceivedOption} from './customer.ts'

/** Someone to be: what they answer when they are asked. */
export interface Persona {
  name: string
  phone: string
  email: string
  cpf: string
  cnpj: string
}

/** What a person does with a message. */
export type Reply = {kind: 'say'; text: string} | {kind: 'choose'; option: ReceivedOption}

/** A number in [0, 1), the same row for the same seed. */
export type Chance = () => number

const names = [
  ...['Maria Souza', 'João Lima', 'Ana Beatriz Rocha', 'Carlos Pereira', 'Fernanda Alves', 'Rafael Nogueira'],
  ...['Juliana Martins', 'Paulo Ribeiro', 'Camila Teixeira', 'Lucas Araújo', 'Patrícia Gomes', 'Bruno Cardoso'],
]
const areas = [11, 11, 21, 47, 31, 51, 85, 71, 62, 41, 92, 27]

/** The nth person: the same name, number and documents every time. */
export function personaAt(index: number): Persona {
  const first = names[index % names.length] ?? 'Cliente'
  const round = Math.floor(index / names.length)
  const name = round === 0 ? first : `${first} ${round + 1}`
  const plain = first
    .normalize('NFD')
    .replace(/[^a-zA-Z ]/g, '')
    .toLowerCase()
    .split(' ')
  const serial = String(index + 1).padStart(4, '0')
  return {
    name,
    phone: `+55${areas[index % areas.length] ?? 11}98765${serial}`,
    email: `${plain[0]}.${plain.at(-1)}@example.com`,
    cpf: withCheckDigits(`52998${serial}`, [10, 11]),
    cnpj: withCheckDigits(`11222${serial.slice(-3)}0001`, [5, 6]),
  }
}

/** Appends two modulo-11 digits; `starts` are the first weights, which fall to 2 and, for a CNPJ, begin again at 9. */
function withCheckDigits(digits: string, starts: readonly [number, number]): string {
  return starts.reduce((number, start) => {
    let weight = start
    let sum = 0
    for (const digit of number) {
      sum += Number(digit) * weight
      weight = weight === 2 ? 9 : weight - 1
    }
    const rest = sum % 11
    return number + (rest < 2 ? '0' : String(11 - rest))
  }, digits)
}

/** A generator for one person, apart from all others of the same seed. */
export function chanceFor(seed: number, index: number): Chance {
  let state = (seed * 2654435761 + index * 40503) | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export const oneOf = <T>(items: readonly T[], chance: Chance): T | undefined =>
  items[Math.floor(chance() * items.length)]

/** A line of a menu in text: a number, something that sets it off, and the words. */
const menuLine = /^\s*[*_]?(\d{1,2})[*_]?\s*(?:[.)\-–—:]|️?⃣)\s*[*_]?\s*(\S.*?)[*_]?\s*$/u
const TYPES_THE_WORDS = 0.2

/** The numbers and titles of a text menu; none when fewer than two lines look like one. */
export function menuOf(text: string): {number: string; title: string}[] {
  const lines = text.split('\n').flatMap((line) => {
    const [, number, title] = menuLine.exec(line) ?? []
    return number !== undefined && title !== undefined ? [{number, title}] : []
  })
  return lines.length >= 2 ? lines : []
}

/** What people are asked for, and what they then type. First match wins. */
const questions: [RegExp, (persona: Persona, chance: Chance) => string][] = [
  [/e-?mail/i, (persona) => persona.email],
  [/\bcpf\b/i, (persona) => persona.cpf],
  [/\bcnpj\b/i, (persona) => persona.cnpj],
  [/\bcep\b/i, () => '89201-000'],
  [
    /nascimento|\bdata\b/i,
    (_persona, chance) => `${10 + Math.floor(chance() * 18)}/0${1 + Math.floor(chance() * 9)}/1985`,
  ],
  [/hor[aá]rio|que horas/i, () => '14:30'],
  [/telefone|celular|whatsapp/i, (persona) => persona.phone],
  [/nota de|de \d+ a \d+|avali/i, (_persona, chance) => String(5 + Math.floor(chance() * 6))],
  [
    /contrato|protocolo|pedido|c[oó]digo|n[uú]mero|quant[oa]s|valor/i,
    (_persona, chance) => String(100 + Math.floor(chance() * 900)),
  ],
  [/seu nome|nome completo|como (voc[eê] )?se chama|\bnome\b/i, (persona) => persona.name],
  [/procura/i, () => 'Internet de 500 mega, no Centro'],
  [/endere[cç]o|\brua\b|bairro/i, () => 'Rua das Palmeiras, 120, Centro'],
  [/descrev|conte|problema|d[uú]vida|ajudar/i, () => 'Minha internet está lenta desde ontem'],
  [/\?\s*$/m, (_persona, chance) => (chance() < 0.7 ? 'sim' : 'não')],
]

/** How a person answers what came since they last spoke; undefined when nothing asks for an answer. */
export function replyTo(messages: readonly ReceivedMessage[], persona: Persona, chance: Chance): Reply | undefined {
  for (const message of [...messages].reverse()) {
    const option = oneOf(message.options, chance)
    if (option) return chance() < TYPES_THE_WORDS ? {kind: 'say', text: option.title} : {kind: 'choose', option}
    const line = oneOf(menuOf(message.text), chance)
    if (line) return {kind: 'say', text: chance() < TYPES_THE_WORDS ? line.title : line.number}
    const question = questions.find(([asked]) => asked.test(message.text))
    const asks =
      /[?:]\s*$/m.test(message.text) || /\b(informe|digite|envie|escreva|diga|conte|me passe)\b/i.test(message.text)
    if (question && asks) return {kind: 'say', text: question[1](persona, chance)}
  }
  return undefined
}
