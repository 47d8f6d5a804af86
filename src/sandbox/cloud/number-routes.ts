import {type Answer, json, readForm, type SandboxRequest} from '../exchange.ts'
import {type Json, textOf} from '../json.ts'
import type {Cloud, CloudNumber} from './account.ts'
import {GraphError} from './error.ts'
import {bodyOf, pick} from './graph.ts'
import {bareType, mediaLimits, mediaProblem} from './media.ts'
import {checkProduct} from './message.ts'
import {invalidParameter, needText, optionalText, wrong} from './shape.ts'

const UPLOAD_DAYS = 30
const profileLimits = {
  about: 139,
  address: 256,
  description: 512,
  email: 128,
  vertical: 64,
  profile_picture_handle: 2000,
}
const usualFields = ['verified_name', 'code_verification_status', 'display_phone_number', 'quality_rating', 'id']

/** `GET /PNID`. */
export function numberInfo(number: CloudNumber, request: SandboxRequest): Answer {
  return json(200, pick('WhatsAppBusinessPhoneNumber', numberFields(number), request.query.get('fields'), usualFields))
}

export function numberFields(number: CloudNumber): Json {
  return {
    id: number.phoneNumberId,
    display_phone_number: number.displayPhone,
    verified_name: number.verifiedName ?? 'Sandbox',
    quality_rating: 'GREEN',
    status: number.registered ? 'CONNECTED' : 'DISCONNECTED',
    name_status: 'APPROVED',
    code_verification_status: 'VERIFIED',
    platform_type: 'CLOUD_API',
    throughput: {level: (number.throughputPerSecond ?? 80) > 80 ? 'HIGH' : 'STANDARD'},
    account_mode: 'SANDBOX',
    whatsapp_business_manager_messaging_limit: 'TIER_UNLIMITED',
    is_official_business_account: false,
    webhook_configuration: {application: number.waba.override ?? number.webhookUrl},
  }
}

/** `POST /PNID/media`. */
export async function uploadMedia(cloud: Cloud, number: CloudNumber, request: SandboxRequest): Promise<Answer> {
  const form = await readForm(request)
  if (!form) throw invalidParameter('A multipart/form-data body is required.')
  checkProduct({messaging_product: form.get('messaging_product') ?? undefined})
  const file = form.get('file')
  if (file === null || typeof file === 'string')
    throw new GraphError(100, undefined, {sentence: '(#100) The parameter file is required.'})
  const stated = form.get('type')
  const mimeType = (typeof stated === 'string' && stated) || file.type
  if (bareType(mimeType) !== bareType(file.type)) {
    throw invalidParameter(`Param file is of type '${file.type}', Param type says '${mimeType}'.`)
  }
  if (!Object.values(mediaLimits).some(({types}) => types.includes(bareType(mimeType)))) {
    const known = Object.values(mediaLimits).flatMap(({types}) => types)
    throw new GraphError(100, undefined, {
      sentence: `(#100) Param file must be a file with one of the following types: ${known.join(', ')}. Received file of type '${mimeType}'.`,
    })
  }
  const bytes = Buffer.from(await file.arrayBuffer())
  const problem = bytes.length === 0 ? 'The file is empty.' : mediaProblem(mimeType, bytes)
  if (problem !== undefined) throw new GraphError(131053, problem)
  return json(200, {id: cloud.media.put({owner: number.phoneNumberId, mimeType, bytes, days: UPLOAD_DAYS}).id})
}

/** `POST /PNID/register` and `/deregister`. */
export function register(number: CloudNumber, request: SandboxRequest, on: boolean): Answer {
  if (on) {
    const body = bodyOf(request)
    checkProduct(body)
    const pin = needText(body, 'pin', '', {max: 100})
    if (!/^\d{6}$/.test(pin)) throw wrong('Param pin must be 6 digits.')
  }
  number.registered = on
  return json(200, {success: true})
}

/** `GET` and `POST /PNID/whatsapp_business_profile`. */
export function profile(number: CloudNumber, request: SandboxRequest): Answer {
  if (request.method === 'POST') {
    const body = bodyOf(request)
    checkProduct(body)
    for (const [key, max] of Object.entries(profileLimits)) optionalText(body, key, '', {max, min: 0})
    const {websites} = body
    if (
      websites !== undefined &&
      !(Array.isArray(websites) && websites.length <= 2 && websites.every((site) => textOf(site).length <= 256))
    ) {
      throw invalidParameter('Param websites takes at most 2 addresses of 256 characters.')
    }
    number.profile = {...number.profile, ...body}
    return json(200, {success: true})
  }
  const blank = {
    about: undefined,
    address: undefined,
    description: undefined,
    email: undefined,
    profile_picture_url: undefined,
  }
  const values = {...blank, websites: undefined, vertical: undefined, ...number.profile, messaging_product: 'whatsapp'}
  const fields = request.query.get('fields')
  return json(200, {
    data: [pick('WhatsAppBusinessProfile', values, fields && `${fields},messaging_product`, ['messaging_product'])],
  })
}
