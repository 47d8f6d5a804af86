import {type Answer, json, readForm, type SandboxRequest} from '../exchange.ts'
import {isObject, type Json, parseJson} from '../json.ts'
import type {World} from '../world.ts'
import {chatActions, formBody} from './chat-routes.ts'
import {errorAnswer, EvolutionError} from './error.ts'
import {
  connectAnswer,
  createInstance,
  fetchInstances,
  logout,
  remove,
  setWebhook,
  settingsOf,
} from './instance-routes.ts'
import type {Evolution, Instance} from './instance.ts'
import {postMessage} from './send.ts'

const VERSION = '2.3.6'

interface Call {
  world: World
  evolution: Evolution
  instance: Instance
  request: SandboxRequest
}

/** Routes whose path names an instance, by method, area and action. */
const instanceRoutes: Record<string, (call: Call) => Answer | Promise<Answer>> = {
  'GET /instance/connect': ({world, instance, request}) => connectAnswer(world, instance, request),
  'POST /instance/restart': ({world, instance, request}) => connectAnswer(world, instance, request),
  'GET /instance/connectionState': ({instance}) =>
    json(200, {instance: {instanceName: instance.name, state: instance.state}}),
  'DELETE /instance/logout': ({world, instance}) => logout(world, instance),
  'DELETE /instance/delete': ({evolution, instance}) => remove(evolution, instance),
  'POST /instance/setPresence': async ({request}) => json(201, {presence: (await bodyOf(request)).presence}),
  'POST /webhook/set': async ({world, instance, request}) => setWebhook(world, instance, await bodyOf(request)),
  'GET /webhook/find': ({instance}) => json(200, instance.webhook ?? null),
  'POST /settings/set': async ({instance, request}) => {
    instance.settings = settingsOf(await bodyOf(request))
    return json(201, {settings: {instanceName: instance.name, settings: instance.settings}})
  },
  'GET /settings/find': ({instance}) => json(200, instance.settings),
}

/** Answers as an Evolution server of release 2.3 does. */
export async function answerEvolution(world: World, evolution: Evolution, request: SandboxRequest): Promise<Answer> {
  try {
    return await answer(world, evolution, request)
  } catch (error) {
    if (error instanceof EvolutionError) return errorAnswer(error.status, error.said)
    throw error
  }
}

async function answer(world: World, evolution: Evolution, request: SandboxRequest): Promise<Answer> {
  const {method, path} = request
  if (method === 'GET' && path === '/') return welcome(evolution)
  const [, area = '', action = '', name = ''] = path.split('/').map(decode)
  if (path === '/instance/create' || path === '/instance/fetchInstances' || path === '/verify-creds') {
    return unnamed(world, evolution, request)
  }
  if (name === '') throw noRoute(request)
  const instance = evolution.instances.get(name)
  // Before the key, as the real server: whether an instance exists can be seen without one.
  if (!instance) throw new EvolutionError(404, [`The "${name}" instance does not exist`])
  const key = request.headers.apikey
  if (key !== evolution.globalKey && key !== instance.token) throw new EvolutionError(401, 'Unauthorized')
  if (method === 'POST' && area === 'message') return postMessage(world, instance, action, await bodyOf(request))
  const chat = chatActions[action]
  if (method === 'POST' && area === 'chat' && chat) return chat(instance, await bodyOf(request))
  const route = instanceRoutes[`${method} /${area}/${action}`]
  if (!route) throw noRoute(request)
  return route({world, evolution, instance, request})
}

async function unnamed(world: World, evolution: Evolution, request: SandboxRequest): Promise<Answer> {
  const key = request.headers.apikey
  const isToken = [...evolution.instances.values()].some((instance) => instance.token === key)
  const global = key === evolution.globalKey
  if (request.method === 'GET' && request.path === '/instance/fetchInstances' && (global || isToken)) {
    return fetchInstances(evolution, request)
  }
  if (!global) throw new EvolutionError(401, 'Unauthorized')
  if (request.method === 'POST' && request.path === '/instance/create') {
    return createInstance(world, evolution, await bodyOf(request))
  }
  if (request.method === 'POST' && request.path === '/verify-creds')
    return json(200, {status: 200, message: 'Credentials are valid'})
  throw noRoute(request)
}

function welcome(evolution: Evolution): Answer {
  return json(200, {
    ...{
      status: 200,
      message: 'Welcome to the Evolution API, it is working!',
      version: VERSION,
      clientName: 'evolution_exchange',
    },
    ...{
      manager: `${evolution.url}/manager`,
      documentation: 'https://doc.evolution-api.com',
      whatsappWebVersion: '2.3000.0',
    },
  })
}

async function bodyOf(request: SandboxRequest): Promise<Json> {
  const form = await readForm(request)
  if (form) return formBody(form)
  const body = parseJson(request.body)
  if (isObject(body)) return body
  throw new EvolutionError(400, [
    request.body.length === 0 ? 'instance is not of a type(s) object' : 'Unexpected token in JSON',
  ])
}

const noRoute = ({method, path}: SandboxRequest) => new EvolutionError(404, [`Cannot ${method} ${path}`])

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
