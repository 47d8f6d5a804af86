import {parseDay, type Moment} from '../base/dates.ts'
import {parseCnpj, parseCpf} from '../base/documents.ts'
import {fold} from '../base/fold.ts'
import {isEmail} from '../base/functions.ts'
import {mediaKinds} from '../base/message.ts'
import {parseNumber} from '../base/numbers.ts'
import {normalizePhone} from '../base/phone.ts'
import type {IncomingMessage, Json, Session} from './session.ts'

export const answerKinds = [
  'text',
  'number',
  'email',
  'cpf',
  'cnpj',
  'document',
  'phone',
  'date',
  'choice',
  'media',
  'location',
] as const
export type AnswerKind = (typeof answerKinds)[number]

/** An answer as it came in, already matched to the options on offer. */
export interface Answer {
  text: string
  /** Id of the option that was chosen. */
  option: string | null
  message: IncomingMessage
  moment: Moment
}

/** What to ask when an answer does not fit and the flow does not say. */
export const reaskTexts: Record<AnswerKind, string> = {
  text: 'Não entendi. Pode escrever de novo?',
  number: 'Preciso de um número. Pode enviar de novo?',
  email: 'Esse e-mail não parece certo. Confira e envie de novo.',
  cpf: 'CPF inválido. Confira os 11 números e envie de novo.',
  cnpj: 'CNPJ inválido. Confira e envie de novo.',
  document: 'CPF ou CNPJ inválido. Confira e envie de novo.',
  phone: 'Esse telefone não parece certo. Envie com o DDD.',
  date: 'Não entendi a data. Envie assim: 31/12/2026.',
  choice: 'Não entendi. Escolha uma das opções.',
  media: 'Preciso de uma foto ou de um arquivo. Pode enviar?',
  location: 'Preciso da sua localização. Toque no clipe e envie.',
}

const filled = (text: string) => text.trim() || undefined

/** Reads an answer of each kind: the value to save, or undefined when it is none. */
export const readAnswer: Record<AnswerKind, (answer: Answer) => Json | undefined> = {
  text: ({text}) => filled(text),
  number: ({text}) => parseNumber(text),
  email: ({text}) => (isEmail(text.trim()) ? text.trim().toLowerCase() : undefined),
  cpf: ({text}) => parseCpf(text),
  cnpj: ({text}) => parseCnpj(text),
  document: ({text}) => parseCpf(text) ?? parseCnpj(text),
  phone: ({text}) => normalizePhone(text)?.e164,
  date: ({text, moment}) => parseDay(text, moment),
  choice: ({text, option}) => (option === null ? undefined : text),
  media: ({message}) => mediaOf(message),
  location: ({message}) => {
    const {location} = message
    if (!location) return undefined
    const {latitude, longitude, name = null, address = null} = location
    return {latitude, longitude, name, address}
  },
}

function mediaOf({kind, media, text, id}: IncomingMessage): Json | undefined {
  if (!(mediaKinds as readonly string[]).includes(kind)) return undefined
  const {mime_type = null, filename = null, sha256 = null} = media ?? {}
  return {kind, mime_type, filename, sha256, caption: text, message_id: id}
}

/** Matches what came in to the options last offered: an exact tap, a title typed in any spelling, or its number. */
export function matchOption(
  options: Session['options'],
  message: IncomingMessage,
): {text: string; option: string | null} {
  if (options.length === 0) return {text: message.text, option: null}
  const tapped = message.tapped ? options.find((option) => option.id === message.option) : undefined
  const typed = fold(message.text)
  const chosen =
    tapped ??
    options.find((option) => option.title === message.text) ??
    (typed === '' ? undefined : options.find((option) => fold(option.title) === typed)) ??
    (/^\d{1,2}$/.test(typed) ? options[Number(typed) - 1] : undefined)
  return chosen ? {text: chosen.title, option: chosen.value ?? chosen.id} : {text: message.text, option: null}
}
