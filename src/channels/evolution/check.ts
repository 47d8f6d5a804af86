import {lengthOf, mediaLimits, messageLimits, sourcesOf, type Content} from '../../base/message.ts'
import type {ContentProblem} from '../channel.ts'
import {menuText} from './menu.ts'

/** Everything of a message that cannot go over an Evolution server and that can be known here. */
export function checkEvolution(content: Content): ContentProblem[] {
  if (content.kind === 'template') {
    const message = 'Evolution has no templates; send a text, or use a number on the official API.'
    return [{field: 'kind', message, code: 'UNSUPPORTED_BY_CHANNEL'}]
  }
  return [...textProblems(content), ...fileProblems(content)]
}

function textProblems(content: Content): ContentProblem[] {
  switch (content.kind) {
    case 'text':
      return long('text', content.text, messageLimits.text)
    case 'buttons':
    case 'list':
    case 'cta_url': {
      const withFile = content.header !== undefined && !('text' in content.header)
      return long('text', menuText(content), withFile ? messageLimits.caption : messageLimits.text)
    }
    case 'reaction': {
      const graphemes = [...new Intl.Segmenter().segment(content.emoji)].length
      return graphemes > 1 ? [{field: 'emoji', message: 'A reaction is one emoji, or empty to take it back.'}] : []
    }
    case 'contacts':
      return content.contacts.flatMap(({phones}, index) => {
        const first = phones?.[0]
        if (first?.phone || first?.wa_id) return []
        return [{field: `contacts[${index}].phones`, message: 'Evolution sends only cards with a phone number.'}]
      })
    default:
      return 'caption' in content && content.caption ? long('caption', content.caption, messageLimits.caption) : []
  }
}

function long(field: string, text: string, most: number): ContentProblem[] {
  if (text.trim() === '') return [{field, message: 'It must not be empty.'}]
  const length = lengthOf(text)
  if (length <= most) return []
  return [{field, message: `As it is sent it has ${length} characters; at most ${most} are taken.`}]
}

function fileProblems(content: Content): ContentProblem[] {
  const field = 'media' in content ? 'media.size' : 'header.media.size'
  const kind = 'media' in content ? content.kind : 'document'
  const most = evolutionMediaLimits[kind]
  return sourcesOf(content).flatMap((source) => {
    const size = 'sha256' in source ? (source.size ?? 0) : 0
    return size <= most ? [] : [{field, message: `The file has ${size} bytes; at most ${most} are taken for ${kind}.`}]
  })
}

/** The same as Meta's but for pictures: the phone's own protocol takes larger ones. */
export const evolutionMediaLimits = {...mediaLimits, image: mediaLimits.video}
