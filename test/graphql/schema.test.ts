import {GraphQLInputObjectType, GraphQLNonNull, GraphQLObjectType, printSchema, validateSchema} from 'graphql'
import {describe, expect, it} from 'vitest'
import type {z} from 'zod'
import {createSchema} from '../../src/graphql/schema.ts'
import {Contact} from '../../src/operations/contact-row.ts'
import {Conversation} from '../../src/operations/conversations.ts'
import {Event} from '../../src/operations/events.ts'
import {HistoryRow} from '../../src/operations/flow-releases.ts'
import {Flow} from '../../src/operations/flow-row.ts'
import {FlowDetails} from '../../src/operations/flows.ts'
import {Message} from '../../src/operations/message-row.ts'
import {operations} from '../../src/operations/registry.ts'
import {SentMessage} from '../../src/operations/send.ts'
import {Tenant} from '../../src/operations/tenants.ts'
import {WhatsappConfig} from '../../src/operations/whatsapp-config-row.ts'

const schema = createSchema()

/** Every object of an answer, with the schema of its operation and what leads further. */
const answered: Record<string, [z.ZodObject, ...string[]]> = {
  Tenant: [Tenant],
  TenantLimits: [Tenant.shape.limits],
  TenantBilling: [Tenant.shape.billing],
  WhatsappConfig: [WhatsappConfig],
  WhatsappConfigLane: [WhatsappConfig.shape.lane],
  Contact: [Contact],
  Conversation: [Conversation, 'contact', 'whatsapp_config', 'messages'],
  Message: [Message, 'contact', 'whatsapp_config', 'conversation'],
  SentMessage: [SentMessage, 'contact', 'whatsapp_config', 'conversation'],
  Flow: [Flow, 'releases'],
  FlowDetails: [FlowDetails, 'releases'],
  FlowRelease: [HistoryRow],
  Event: [Event],
}

describe('the schema of GraphQL', () => {
  it('is one', () => {
    expect(validateSchema(schema)).toEqual([])
  })

  it.each(Object.entries(answered))('%s has the fields that its operation answers', (name, [answer, ...more]) => {
    const type = schema.getType(name)
    if (!(type instanceof GraphQLObjectType)) throw new Error(`There is no ${name}.`)
    const fields = type.getFields()
    expect(Object.keys(fields)).toEqual([...Object.keys(answer.shape), ...more])
    for (const [field, one] of Object.entries(answer.shape)) {
      const mayBeNull = (one as z.ZodType).safeParse(null).success || (one as z.ZodType).safeParse(undefined).success
      expect(fields[field]?.type instanceof GraphQLNonNull, `${name}.${field}`).toBe(!mayBeNull)
    }
  })

  it.each(['sendMessage', 'sendTemplate', 'sendMedia', 'publishFlow'])('%s takes what its operation takes', (name) => {
    const type = schema.getType(`${name.charAt(0).toUpperCase()}${name.slice(1)}Input`)
    if (!(type instanceof GraphQLInputObjectType)) throw new Error(`${name} takes nothing.`)
    const {shape} = operations[name]?.input as z.ZodObject
    expect(Object.keys(type.getFields())).toEqual(Object.keys(shape))
  })

  it('changes nothing but by operations that the audit knows', () => {
    const fields = Object.keys(schema.getMutationType()?.getFields() ?? {})
    expect(fields).toEqual(['sendMessage', 'sendTemplate', 'sendMedia', 'publishFlow', 'applyFlows'])
  })

  it('has no word for a secret', () => {
    expect(printSchema(schema)).not.toMatch(/password|refresh_token|hash/)
  })
})
