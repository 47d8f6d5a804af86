import {createHash} from 'node:crypto'
import {invalid} from '../base/errors.ts'
import type {CustomerOptions, Person} from './customer.ts'
import {accountId, digitsOf, matchKey} from './phone.ts'

/** The people one number or instance can reach. */
export interface Directory {
  add(options: CustomerOptions): Person
  /** By phone or WhatsApp id, with or without the ninth digit. */
  byNumber(digits: string): Person | undefined
  byBsuid(bsuid: string): Person | undefined
  byLid(lid: string): Person | undefined
  all(): Person[]
}

const BSUID_DIGITS = 20

/** `scope` is what made-up user ids belong to: the WABA. */
export function createDirectory(scope: string): Directory {
  const numbers = new Map<string, Person>()
  const bsuids = new Map<string, Person>()
  const lids = new Map<string, Person>()
  return {
    add(options) {
      const phone = digitsOf(options.phone)
      if (phone.length < 8) throw invalid('phone', `"${options.phone}" is no phone number with country code.`)
      const person = personOf(options, phone, scope)
      numbers.set(matchKey(phone), person)
      if (person.bsuid) bsuids.set(person.bsuid, person)
      if (person.lid) lids.set(person.lid, person)
      return person
    },
    byNumber: (digits) => numbers.get(matchKey(digits)),
    byBsuid: (bsuid) => bsuids.get(bsuid),
    byLid: (lid) => lids.get(lid),
    all: () => [...numbers.values()],
  }
}

function personOf(options: CustomerOptions, phone: string, scope: string): Person {
  return {
    phone,
    name: options.name,
    via: options.via,
    waId: accountId(phone, options.ninthDigit),
    bsuid: options.bsuid === undefined ? madeUpBsuid(scope, phone) : (options.bsuid ?? undefined),
    lid: options.lid && digitsOf(options.lid),
    hidesPhone: options.hidesPhone ?? false,
    wantsMarketing: true,
    lastInboundAt: Number.NEGATIVE_INFINITY,
    received: [],
    receivedTotal: 0,
    seen: [],
    typing: 0,
    watchers: new Set(),
  }
}

function madeUpBsuid(scope: string, phone: string): string {
  const country = phone.startsWith('55') ? 'BR' : 'US'
  const digest = createHash('sha256')
    .update(`${scope}:${matchKey(phone)}`)
    .digest('hex')
  return `${country}.${BigInt(`0x${digest}`).toString().slice(0, BSUID_DIGITS)}`
}
