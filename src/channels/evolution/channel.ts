import type {Channel} from '../channel.ts'
import {checkEvolution, evolutionMediaLimits} from './check.ts'
import {testEvolution} from './connection.ts'
import {fetchMediaEvolution, uploadMediaEvolution} from './media.ts'
import {parseEvolution} from './parse.ts'
import {markReadEvolution, sendEvolution} from './send.ts'
import {verifySecret} from './verify.ts'

/** WhatsApp through an Evolution API server, version 2. */
export const evolution: Channel = {
  type: 'evolution',
  capabilities: {
    windowMs: null,
    templates: false,
    nativeOptions: false,
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
      'buttons',
      'list',
      'cta_url',
    ],
    pair: {capacity: 1, refillMs: 3_000},
    settledBy: 'echo',
    linksFetchedFrom: 'own_network',
    mediaLimits: evolutionMediaLimits,
  },
  verify: verifySecret,
  parse: parseEvolution,
  check: checkEvolution,
  send: sendEvolution,
  markRead: (...[providerId, sender, account, http, typing]) =>
    markReadEvolution({providerId, sender}, account, http, typing),
  test: testEvolution,
  uploadMedia: uploadMediaEvolution,
  fetchMedia: fetchMediaEvolution,
  listTemplates: () => Promise.resolve([]),
}
