import {mediaLimits} from '../../base/message.ts'
import type {Channel} from '../channel.ts'
import {checkCloud} from './check.ts'
import {testCloud} from './connection.ts'
import {fetchMediaCloud, uploadMediaCloud} from './media.ts'
import {parseCloud} from './parse.ts'
import {markReadCloud, sendCloud} from './send.ts'
import {verifySignature} from './signature.ts'
import {listTemplatesCloud} from './templates.ts'

const HOUR = 60 * 60 * 1000

/** WhatsApp Business Cloud API, spoken to Meta directly. */
export const cloud: Channel = {
  type: 'official',
  capabilities: {
    windowMs: 24 * HOUR,
    templates: true,
    nativeOptions: true,
    kinds: [
      'text',
      'image',
      'document',
      'audio',
      'video',
      'sticker',
      'location',
      'contacts',
      'reaction',
      'template',
      'buttons',
      'list',
      'cta_url',
    ],
    pair: {capacity: 10, refillMs: 6_000},
    // A quarter of what Meta takes from an ordinary number (80 a second, in and out together).
    settledBy: 'callback',
    linksFetchedFrom: 'internet',
    mediaLimits,
  },
  verify: verifySignature,
  parse: parseCloud,
  check: checkCloud,
  send: sendCloud,
  markRead: (...[providerId, , account, http, typing]) => markReadCloud(providerId, account, http, typing),
  test: testCloud,
  uploadMedia: uploadMediaCloud,
  fetchMedia: (media, _providerId, account, http) => fetchMediaCloud(media, account, http),
  listTemplates: listTemplatesCloud,
}
