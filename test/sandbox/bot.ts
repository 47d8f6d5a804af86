import {createServer, type IncomingMessage} from 'node:http'
import type {AddressInfo} from 'node:net'
import {graph, hmac, PNID, SECRET, TOKEN, type Wire} from './rig.ts'
import type {Sandbox} from '../../src/sandbox/sandbox.ts'

export const INSTANCE = 'provedor'
export const INSTANCE_KEY = 'INSTANCE-TOKEN'

const topics = ['Segunda via', 'Suporte', 'Falar com alguém']

interface Turn {
  text: string
  menu?: boolean
}

function validCpf(cpf: string): boolean {
  const digit = (length: number) => {
    const sum = [...cpf.slice(0, length)].reduce((all, one, at) => all + Number(one) * (length + 1 - at), 0)
    return ((sum * 10) % 11) % 10
  }
  return /^\d{11}$/.test(cpf) && digit(9) === Number(cpf[9]) && digit(10) === Number(cpf[10])
}

/** What a small bot answers; it knows no session, only what was said last. */
function answerTo(said: string): Turn {
  const topic = topics[Number(said) - 1] ?? topics.find((one) => one.toLowerCase() === said.toLowerCase())
  if (topic === 'Segunda via') return {text: 'Informe o seu CPF:'}
  if (topic === 'Suporte') return {text: 'Qual é o problema?'}
  if (topic === 'Falar com alguém') return {text: 'Como é o seu nome?'}
  if (validCpf(said)) return {text: 'CPF encontrado. Posso ajudar em algo mais?'}
  return {text: 'Como posso ajudar?', menu: true}
}

/** A bot of a few lines over plain node:http, for both channels: the end of the line the sandbox talks to. */
export async function startBot() {
  const heard: string[] = []
  const answering = new Set<Promise<void>>()
  let sandbox: Sandbox | undefined
  let badSignatures = 0
  const reply = async (path: string, apikey: string | undefined, body: unknown) => {
    if (!sandbox) return
    if (apikey === undefined) return void (await graph(sandbox, 'POST', path, {body, token: TOKEN}))
    const headers = {apikey, 'content-type': 'application/json'}
    await fetch(sandbox.evolutionUrl + path, {method: 'POST', headers, body: JSON.stringify(body)})
  }
  const onCloud = async (message: Wire) => {
    const said = message.interactive?.button_reply?.title ?? message.text?.body ?? ''
    heard.push(`${message.from}: ${said}`)
    const {text, menu} = answerTo(said)
    const buttons = topics.map((title, id) => ({type: 'reply', reply: {id: String(id), title: title.slice(0, 20)}}))
    const content = menu
      ? {type: 'interactive', interactive: {type: 'button', body: {text}, action: {buttons}}}
      : {type: 'text', text: {body: text}}
    await reply(`/v25.0/${PNID}/messages`, undefined, {
      messaging_product: 'whatsapp',
      to: `+${message.from}`,
      ...content,
    })
  }
  const onEvolution = async ({key, message}: Wire) => {
    heard.push(`${key.remoteJid}: ${message.conversation}`)
    const {text, menu} = answerTo(message.conversation)
    const full = menu ? [text, ...topics.map((title, at) => `${at + 1}. ${title}`)].join('\n') : text
    await reply(`/message/sendText/${INSTANCE}`, INSTANCE_KEY, {number: key.remoteJid, text: full})
  }
  const answer = (reply: Promise<void>) => {
    answering.add(reply)
    void reply.finally(() => answering.delete(reply))
  }
  const take = (request: IncomingMessage, raw: Buffer) => {
    const body: Wire = JSON.parse(raw.toString())
    if (body.event !== undefined) return body.event === 'messages.upsert' ? answer(onEvolution(body.data)) : undefined
    if (request.headers['x-hub-signature-256'] !== hmac(raw, SECRET)) badSignatures++
    for (const {changes} of body.entry)
      for (const {value} of changes) for (const one of value.messages ?? []) answer(onCloud(one))
  }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      take(request, Buffer.concat(chunks))
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    heard,
    badSignatures: () => badSignatures,
    talkTo: (other: Sandbox) => {
      sandbox = other
    },
    /** Says nothing more, and waits for what is being said: the sandbox may close then. */
    async fallSilent() {
      sandbox = undefined
      await Promise.all(answering)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
