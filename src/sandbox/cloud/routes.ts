import {type Answer, json, type SandboxRequest} from '../exchange.ts'
import type {World} from '../world.ts'
import type {Cloud, CloudNumber} from './account.ts'
import {errorAnswer, GraphError, noSuchObject} from './error.ts'
import {bodyOf, type GraphObject, numbersOfToken, objectFor, pick} from './graph.ts'
import {numberInfo, profile, register, uploadMedia} from './number-routes.ts'
import {postMessages} from './send.ts'
import {createTemplateOf, deleteTemplates, listNumbers, listTemplates, rowOf, subscribedApps} from './waba-routes.ts'

const route = /^(?:\/v\d+\.\d+)?\/([^/]+)(?:\/([^/]+))?\/?$/

/** Answers as the Graph API does. */
export async function answerGraph(world: World, cloud: Cloud, request: SandboxRequest): Promise<Answer> {
  try {
    return await answer(world, cloud, request)
  } catch (error) {
    if (error instanceof GraphError) return errorAnswer(world, error)
    throw error
  }
}

function answer(world: World, cloud: Cloud, request: SandboxRequest): Answer | Promise<Answer> {
  if (request.path.startsWith('/whatsapp_business/attachments')) return download(cloud, request)
  const [, id = '', edge = ''] = route.exec(request.path) ?? []
  if (!id) throw unknownPath(request)
  if (edge === 'messages' && request.method === 'POST') {
    return postMessages(world, cloud, senderFor(cloud, request, id), bodyOf(request))
  }
  const numbers = numbersOfToken(cloud, request)
  const object = objectFor(cloud, numbers, id)
  if (object.kind === 'number') return ofNumber(cloud, object.number, request, edge)
  if (object.kind === 'waba') return ofWaba(world, cloud, object, {request, edge})
  if (edge !== '') throw unknownPath(request)
  if (object.kind === 'media') return ofMedia(cloud, object.media.id, request)
  if (request.method === 'GET') return json(200, rowOf(object.template, request.query.get('fields')))
  throw unknownPath(request)
}

/** The shortest way to the number of a request to send; every error is found on the long way. */
function senderFor(cloud: Cloud, request: SandboxRequest, id: string): CloudNumber {
  const number = cloud.numbers.get(id)
  if (number && request.headers.authorization === `Bearer ${number.token}`) return number
  const object = objectFor(cloud, numbersOfToken(cloud, request), id)
  if (object.kind !== 'number') throw noSuchObject(id)
  return object.number
}

function ofNumber(cloud: Cloud, number: CloudNumber, request: SandboxRequest, edge: string): Answer | Promise<Answer> {
  switch (`${request.method} ${edge}`) {
    case 'GET ':
      return numberInfo(number, request)
    case 'POST media':
      return uploadMedia(cloud, number, request)
    case 'POST register':
      return register(number, request, true)
    case 'POST deregister':
      return register(number, request, false)
    case 'GET whatsapp_business_profile':
    case 'POST whatsapp_business_profile':
      return profile(number, request)
    default:
      throw unknownPath(request)
  }
}

function ofWaba(
  world: World,
  cloud: Cloud,
  {waba, numbers}: Extract<GraphObject, {kind: 'waba'}>,
  {request, edge}: {request: SandboxRequest; edge: string},
): Answer | Promise<Answer> {
  switch (`${request.method} ${edge}`) {
    case 'GET ': {
      const values = {
        id: waba.id,
        name: 'Sandbox',
        currency: 'BRL',
        timezone_id: '25',
        message_template_namespace: 'sandbox',
      }
      return json(200, pick('WhatsAppBusinessAccount', values, request.query.get('fields'), Object.keys(values)))
    }
    case 'GET phone_numbers':
      return listNumbers(numbers, request, cloud.url)
    case 'GET message_templates':
      return listTemplates(waba, request, cloud.url)
    case 'POST message_templates':
      return createTemplateOf(world, cloud, numbers, request)
    case 'DELETE message_templates':
      return deleteTemplates(waba, request)
    case 'GET subscribed_apps':
    case 'POST subscribed_apps':
    case 'DELETE subscribed_apps':
      return subscribedApps(world, waba, request)
    default:
      throw unknownPath(request)
  }
}

function ofMedia(cloud: Cloud, id: string, request: SandboxRequest): Answer {
  const media = cloud.media.get(id)
  const asked = request.query.get('phone_number_id')
  if (!media || (asked !== null && asked !== media.owner)) throw noSuchObject(id)
  if (request.method === 'DELETE') return json(200, {success: cloud.media.remove(id)})
  if (request.method !== 'GET') throw unknownPath(request)
  return json(200, {
    messaging_product: 'whatsapp',
    url: cloud.media.link(cloud.url, media),
    mime_type: media.mimeType,
    sha256: media.sha256,
    file_size: String(media.bytes.length),
    id: media.id,
  })
}

/** The bytes behind a link: only with the token, a user agent, and within five minutes. */
function download(cloud: Cloud, request: SandboxRequest): Answer {
  const refused = (status: number): Answer => ({status, type: 'text/plain', body: 'Bad URL timestamp or hash'})
  const numbers = numbersOfToken(cloud, request)
  if (!request.headers['user-agent']) return refused(403)
  const media = cloud.media.open(request.query)
  if (!media || !numbers.some((number) => number.phoneNumberId === media.owner)) return refused(404)
  return {status: 200, type: media.mimeType, body: media.bytes}
}

const unknownPath = (request: SandboxRequest) =>
  new GraphError(2500, undefined, {sentence: `Unknown path components: ${request.path}`})
