import {begin, DEFAULT_NOW, type Contact, type Simulated, type SimulatedSettings} from '../simulate/state.ts'
import type {Guesses} from './guesses.ts'

/** A customer and a moment to begin with. */
export interface Beginning {
  about: string
  state: Simulated
  settings: SimulatedSettings
  long: boolean
}

const always = ['00:00-24:00']
const week = {mon: always, tue: always, wed: always, thu: always, fri: always, sat: always, sun: always}
const open: SimulatedSettings = {business: {hours: week}}
const closed: SimulatedSettings = {business: {hours: {mon: []}}}

const NIGHT = 11 * 3_600_000
const LONG_NAME = 'Maria Aparecida dos Santos Albuquerque de Oliveira e Castro'

/** The usual customer, and one more for each thing that the flow looks at. */
export function beginnings({reads, texts}: Guesses): Beginning[] {
  const one = (
    about: string,
    contact: Partial<Contact>,
    more: Partial<Omit<Beginning, 'state'>> & {now?: number} = {},
  ) => ({
    about,
    state: begin({contact, now: more.now}),
    settings: more.settings ?? open,
    long: more.long ?? false,
  })
  const tags = texts.filter((text) => /^[\w-]+$/.test(text))
  return [
    one('a customer', {}),
    one('a customer with a long name and long answers', {name: LONG_NAME}, {long: true}),
    ...(reads.has('contact')
      ? [
          one('a customer nothing is known of', {name: null, phone: null, email: null}),
          one('a customer who wants no advertising', {opted_in: false}),
          ...(tags.length > 0 ? [one('a customer with tags', {tags})] : []),
        ]
      : []),
    ...(reads.has('business') ? [one('a customer who writes when it is closed', {}, {settings: closed})] : []),
    ...(reads.has('now') ? [one('a customer who writes at night', {}, {now: DEFAULT_NOW + NIGHT})] : []),
  ]
}
