import {z} from 'zod'
import {messageOf, PytakeError} from '../base/errors.ts'
import {type Answer, json, type SandboxRequest} from './exchange.ts'
import {parseJson} from './json.ts'
import type {Sandbox} from './contract.ts'
import type {Customer, CustomerOptions} from './customer.ts'

/*
 * The sandbox driven from another process, on the Cloud port. JSON both ways; errors are {"error": {"code", "message"}}.
 *
 *   GET  /sandbox/stats                          counters
 *   GET  /sandbox/accepted?via=&to=&type=&since= what was accepted lately
 *   GET  /sandbox/idle                           answers when no webhook is pending
 *   POST /sandbox/numbers    {phoneNumberId, wabaId, displayPhone, token, appSecret, webhookUrl, …}
 *   POST /sandbox/instances  {name, apiKey, ownerPhone, webhookUrl, …}
 *   POST /sandbox/customers  one or a list of {phone, name, via, …}
 *   POST /sandbox/say        one or a list of {phone, via, text}; also tap (title) and pick (title) in place of text
 *   GET  /sandbox/received?phone=&via=           what that phone shows
 *   GET  /sandbox/faults, PUT /sandbox/faults    ["POST *\/messages: 500 10%"]
 *   POST /sandbox/statuses   {id, status, code?}
 *   POST /sandbox/verify     {phoneNumberId}     the GET handshake
 *   POST /sandbox/templates  {wabaId, name, status}
 *   POST /sandbox/scan       {instance}          POST /sandbox/disconnect {instance, reason}
 */

const text = z.string().min(1)
const url = z.url()

const NumberBody = z.strictObject({
  ...{phoneNumberId: text, wabaId: text, displayPhone: text, token: text, appSecret: text, webhookUrl: url},
  verifiedName: text.optional(),
  verifyToken: text.optional(),
  templates: z
    .array(z.looseObject({name: text, language: text, components: z.array(z.looseObject({type: text}))}))
    .optional(),
  throughputPerSecond: z.number().positive().optional(),
  enforceWindow: z.boolean().optional(),
  enforcePairRate: z.union([z.boolean(), z.literal('strict')]).optional(),
  acceptUnknown: z.boolean().optional(),
})

const InstanceBody = z.strictObject({
  ...{name: text, apiKey: text, ownerPhone: text, webhookUrl: url.optional()},
  webhookSecretHeader: z.strictObject({name: text, value: text}).optional(),
  webhookBase64: z.boolean().optional(),
  state: z.enum(['open', 'connecting', 'close']).optional(),
  acceptUnknown: z.boolean().optional(),
})

const CustomerBody = z.strictObject({
  ...{phone: text, name: text, via: text},
  bsuid: text.nullable().optional(),
  hidesPhone: z.boolean().optional(),
  lid: text.optional(),
  ninthDigit: z.boolean().optional(),
})

const SayBody = z.strictObject({
  ...{phone: text, via: text},
  ...{text: text.optional(), tap: text.optional(), pick: text.optional()},
})

const oneOrMany = <T extends z.ZodType>(schema: T) =>
  z.union([z.array(schema), schema]).transform((given) => (Array.isArray(given) ? given : [given]) as z.output<T>[])

type Control = (sandbox: Sandbox, body: unknown, request: SandboxRequest) => unknown

const controls: Record<string, Control> = {
  'GET stats': (sandbox) => sandbox.stats(),
  'GET accepted': (sandbox, _body, {query}) => {
    const since = query.get('since')
    const given = (name: string) => query.get(name) ?? undefined
    const filter = {via: given('via'), to: given('to'), type: given('type'), callbackData: given('callbackData')}
    return sandbox.accepted({...filter, since: since === null ? undefined : Number(since)})
  },
  'GET idle': async (sandbox) => {
    await sandbox.idle()
    return sandbox.stats()
  },
  'POST numbers': (sandbox, body) => sandbox.addNumber(NumberBody.parse(body)),
  'POST instances': (sandbox, body) => sandbox.addInstance(InstanceBody.parse(body)),
  'POST customers': (sandbox, body) =>
    oneOrMany(CustomerBody)
      .parse(body)
      .map((options) => {
        const {waId, bsuid} = remember(sandbox, options)
        return {phone: options.phone, waId, bsuid}
      }),
  'POST say': (sandbox, body) =>
    oneOrMany(SayBody)
      .parse(body)
      .map((line) => say(sandbox, line)),
  'GET received': (sandbox, _body, {query}) =>
    known(sandbox, query.get('phone') ?? '', query.get('via') ?? '').received,
  'GET faults': (sandbox) => sandbox.faults(),
  'PUT faults': (sandbox, body) => sandbox.setFaults(z.array(text).parse(body)),
  'POST statuses': (sandbox, body) => {
    const {id, status, code} = z.strictObject({id: text, status: text, code: z.int().optional()}).parse(body)
    sandbox.status(id, status, code)
  },
  'POST verify': (sandbox, body) =>
    sandbox.verifyWebhook(z.strictObject({phoneNumberId: text}).parse(body).phoneNumberId),
  'POST templates': (sandbox, body) => {
    const {wabaId, name, status} = z.strictObject({wabaId: text, name: text, status: text}).parse(body)
    sandbox.setTemplateStatus(wabaId, name, status)
  },
  'POST scan': (sandbox, body) => sandbox.scan(z.strictObject({instance: text}).parse(body).instance),
  'POST disconnect': (sandbox, body) => {
    const {instance, reason} = z.strictObject({instance: text, reason: z.int()}).parse(body)
    sandbox.disconnect(instance, reason)
  },
}

/** Answers a request to the control interface. */
export async function answerControl(sandbox: Sandbox, request: SandboxRequest): Promise<Answer> {
  const control = controls[`${request.method} ${request.path.slice('/sandbox/'.length)}`]
  if (!control) return problem(404, 'NOT_FOUND', `${request.method} ${request.path} is no control of the sandbox.`)
  try {
    return json(200, (await control(sandbox, parseJson(request.body), request)) ?? {ok: true})
  } catch (error) {
    if (error instanceof PytakeError) return problem(error.status, error.code, error.message)
    if (error instanceof z.ZodError) return problem(422, 'VALIDATION_ERROR', z.prettifyError(error))
    return problem(500, 'INTERNAL', messageOf(error))
  }
}

const problem = (status: number, code: string, message: string) => json(status, {error: {code, message}})

/** Customers that came in by this interface, by sandbox, number and phone. */
const customers = new WeakMap<Sandbox, Map<string, Customer>>()

/** Adds a customer whom other processes can let speak. */
export function remember(sandbox: Sandbox, options: CustomerOptions): Customer {
  const customer = sandbox.customer(options)
  const all = customers.get(sandbox) ?? new Map<string, Customer>()
  customers.set(sandbox, all.set(`${options.via} ${customer.phone}`, customer))
  return customer
}

function known(sandbox: Sandbox, phone: string, via: string): Customer {
  const customer = customers.get(sandbox)?.get(`${via} ${phone.replace(/\D/g, '')}`)
  if (customer) return customer
  throw new PytakeError('NOT_FOUND', `No customer ${phone} was added for ${via}.`)
}

function say(sandbox: Sandbox, line: z.infer<typeof SayBody>): {id: string} {
  const customer = known(sandbox, line.phone, line.via)
  if (line.tap !== undefined) return {id: customer.tap(line.tap)}
  if (line.pick !== undefined) return {id: customer.pick(line.pick)}
  if (line.text !== undefined) return {id: customer.say(line.text)}
  throw new PytakeError('VALIDATION_ERROR', 'One of text, tap and pick is needed.')
}
