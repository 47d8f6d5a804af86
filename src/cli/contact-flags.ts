import {boolean, string} from '@oclif/core/flags'
import {attributesOf} from './contact-rows.ts'
import {given} from './flags.ts'

export const contactFlags = {
  name: string({summary: 'Name of the person.'}),
  email: string({summary: 'E-mail address.'}),
  tag: string({summary: 'A tag; all of them, in place of those there are.', multiple: true}),
  attribute: string({
    summary: 'NAME=VALUE, which flows see as contact.attributes; NAME= takes it away.',
    multiple: true,
  }),
  'opt-in': boolean({summary: 'Consent for marketing: yes, or --no-opt-in.', allowNo: true}),
}

interface Given {
  name?: string
  email?: string
  tag?: string[]
  attribute?: string[]
  'opt-in'?: boolean
}

export const contactInput = (flags: Given) =>
  given({
    name: flags.name,
    email: flags.email,
    tags: flags.tag,
    attributes: attributesOf(flags.attribute),
    opted_in: flags['opt-in'],
  })
