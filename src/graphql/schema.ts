import {
  type GraphQLFieldConfig,
  GraphQLID,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql'
import type {z} from 'zod'
import type {EventRecord} from '../base/events.ts'
import {Contact} from '../operations/contact-row.ts'
import {listContacts, showContact} from '../operations/contacts.ts'
import {Conversation, listConversations, showConversation} from '../operations/conversations.ts'
import {eventFilterFields} from '../operations/event-filter.ts'
import {Event} from '../operations/events.ts'
import {publishFlow} from '../operations/flow-authoring.ts'
import {applyFlowsOperation} from '../operations/flow-deploy.ts'
import {HistoryRow} from '../operations/flow-releases.ts'
import {Flow} from '../operations/flow-row.ts'
import {FlowDetails, listFlowsOperation, showFlow} from '../operations/flows.ts'
import {invoke} from '../operations/invoke.ts'
import {cursorOf} from '../operations/page.ts'
import {Message} from '../operations/message-row.ts'
import {listMessages, showMessage} from '../operations/messages.ts'
import type {ServedOperation} from '../operations/operation.ts'
import {sendMedia, sendMessage, SentMessage, sendTemplate} from '../operations/send.ts'
import {listTenants, showTenant, Tenant} from '../operations/tenants.ts'
import {WhatsappConfig} from '../operations/whatsapp-config-row.ts'
import {listWhatsappConfigs, showWhatsappConfig} from '../operations/whatsapp-configs.ts'
import {connected, connectionType, listField, newestField} from './connection.ts'
import {needsSocket, type RequestContext, type Wanted} from './context.ts'
import {withoutNulls} from './inputs.ts'
import {createInputFields, type InputFields} from './input-types.ts'
import {createObjectTypes, type Fields, type ObjectTypes} from './output-types.ts'
import {createWords, pascal} from './zod-parts.ts'

type Field = GraphQLFieldConfig<unknown, RequestContext>

/** Newest first, as the list of messages has them: a cursor found here goes on there. */
const messageOrder = {sort: 'created_at', order: 'desc'} as const

interface Types {
  object: ObjectTypes
  inputs: InputFields
}

/** The whole schema, made of the operations' own. Made once; it is the same for every caller. */
export function createSchema(): GraphQLSchema {
  const words = createWords()
  const types: Types = {object: createObjectTypes(words), inputs: createInputFields(words)}
  const rows = rowTypes(types)
  return new GraphQLSchema({
    query: new GraphQLObjectType({name: 'Query', fields: queries(types, rows)}),
    mutation: new GraphQLObjectType({name: 'Mutation', fields: mutations(types)}),
    subscription: new GraphQLObjectType({name: 'Subscription', fields: {events: eventsField(types)}}),
  })
}

type RowTypes = ReturnType<typeof rowTypes>

/** Objects of the answers, and what leads from one to another. */
function rowTypes(types: Types) {
  const release = types.object('FlowRelease', HistoryRow)
  const releases: Fields = {
    releases: newestField(
      'The newest releases, with how many people are inside each',
      new GraphQLList(new GraphQLNonNull(release)),
      ({loaders}, wanted) => loaders.releases.load(wanted),
    ),
  }
  const leads = (): Fields => ({
    contact: {type: contact, resolve: ({contact_id: id}, _args, {loaders}) => loaders.contact.load(String(id))},
    whatsapp_config: {
      type: config,
      resolve: ({whatsapp_config_id: id}, _args, {loaders}) => loaders.config.load(String(id)),
    },
  })
  const messageMore = (): Fields => ({
    ...leads(),
    conversation: {
      type: conversation,
      resolve: ({conversation_id: id}, _args, {loaders}) => loaders.conversation.load(String(id)),
    },
  })
  const tenant = types.object('Tenant', Tenant)
  const config = types.object('WhatsappConfig', WhatsappConfig)
  const contact = types.object('Contact', Contact)
  const message = types.object('Message', Message, messageMore)
  const messages = connectionType(message)
  const conversation: GraphQLObjectType = types.object('Conversation', Conversation, () => ({
    ...leads(),
    messages: newestField('The newest messages', messages, async ({loaders}, {id, count}) => {
      // One more than was asked for tells whether there are more.
      const found = await loaders.messages.load({id, count: count + 1})
      const shown = found.slice(0, count)
      const cursor = (row: (typeof found)[number]) => cursorOf(messageOrder, row)
      return connected(shown, {cursor, hasMore: found.length > count, total: null})
    }),
  }))
  types.object('SentMessage', SentMessage, messageMore)
  const flow = types.object('Flow', Flow, () => releases)
  const details = types.object('FlowDetails', FlowDetails, () => releases)
  return {tenant, config, contact, message, messages, conversation, flow, details}
}

function queries(types: Types, rows: RowTypes): Record<string, Field> {
  const list = (node: GraphQLObjectType, operation: ServedOperation, type = connectionType(node)) =>
    listField(types.inputs, {node, type, operation})
  return {
    tenant: one(rows.tenant, showTenant),
    tenants: list(rows.tenant, listTenants),
    whatsappConfig: one(rows.config, showWhatsappConfig),
    whatsappConfigs: list(rows.config, listWhatsappConfigs),
    contact: one(rows.contact, showContact),
    contacts: list(rows.contact, listContacts),
    conversation: one(rows.conversation, showConversation),
    conversations: list(rows.conversation, listConversations),
    message: one(rows.message, showMessage),
    messages: list(rows.message, listMessages, rows.messages),
    flow: one(rows.details, showFlow, {version: {type: GraphQLInt}}),
    flows: list(rows.flow, listFlowsOperation),
  }
}

/** One row, by id or whatever else its operation knows it by; null beside an error when there is none. */
function one(type: GraphQLObjectType, operation: ServedOperation, more: Field['args'] = {}): Field {
  return {
    type,
    description: operation.summary,
    args: {id: {type: new GraphQLNonNull(GraphQLID)}, ...more},
    resolve: (_source, args: Wanted, {runtime, caller}) =>
      invoke(runtime, operation, withoutNulls(operation.input as z.ZodObject, args), caller),
  }
}

const changes: Readonly<Record<string, ServedOperation>> = {
  sendMessage,
  sendTemplate,
  sendMedia,
  publishFlow,
  applyFlows: applyFlowsOperation,
}

function mutations(types: Types): Record<string, Field> {
  return Object.fromEntries(
    Object.entries(changes).map(([name, operation]) => {
      const input = operation.input as z.ZodObject
      const type = new GraphQLInputObjectType({
        name: `${pascal(name)}Input`,
        fields: types.inputs(pascal(name), input.shape),
      })
      const field: Field = {
        type: types.object(`${pascal(name)}Answer`, operation.output as z.ZodObject),
        description: operation.summary,
        args: {
          input: {type: new GraphQLNonNull(type)},
          idempotencyKey: {type: GraphQLString, description: 'The same key, the same answer, for 24 hours.'},
        },
        resolve: (_source, args: {input: Wanted; idempotencyKey?: string | null}, {runtime, caller}) =>
          invoke(runtime, operation, withoutNulls(input, args.input), {
            ...caller,
            idempotencyKey: args.idempotencyKey ?? undefined,
          }),
      }
      return [name, field]
    }),
  )
}

function eventsField(types: Types): GraphQLFieldConfig<EventRecord, RequestContext> {
  return {
    type: new GraphQLNonNull(types.object('Event', Event)),
    description: 'The event log from now on, or from a cursor, a duration or a time (`since`).',
    args: {
      ...types.inputs('Event', eventFilterFields),
      since: {type: GraphQLString},
    },
    subscribe: async (_source, args: Wanted, {follow}) => {
      if (!follow) throw needsSocket()
      return follow(Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null)))
    },
    resolve: (event: EventRecord) => event,
  }
}
