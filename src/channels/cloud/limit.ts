import {lengthOf, mediaLimits, mediaTypes, messageLimits, type MediaKind, type MediaSource} from '../../base/message.ts'

export type Report = (field: string, message: string) => void

/** Reports text that is too long. */
export function within(report: Report, field: string, text: string | undefined, most: number) {
  const length = text === undefined ? 0 : lengthOf(text)
  if (length > most) report(field, `It has ${length} characters; WhatsApp takes at most ${most}.`)
}

/** Reports text that is too long or has nothing in it to read. */
export function withinText(report: Report, field: string, text: string, most: number) {
  if (text.trim() === '') report(field, 'It must not be empty.')
  within(report, field, text, most)
}

/** A file of ours is checked by what is known of it; links and ids are Meta's to check. */
export function checkSource(kind: MediaKind, source: MediaSource, field: string, report: Report) {
  if ('link' in source) return within(report, `${field}.link`, source.link, messageLimits.url)
  if ('id' in source) return
  const type = source.mime_type.split(';')[0]?.trim().toLowerCase() ?? ''
  if (!mediaTypes[kind].includes(type)) {
    report(`${field}.mime_type`, `${type} cannot be sent as ${kind}; possible are ${mediaTypes[kind].join(', ')}.`)
  }
  const most = mediaLimits[kind]
  if ((source.size ?? 0) > most) {
    report(`${field}.size`, `The file has ${source.size} bytes; WhatsApp takes at most ${most} for ${kind}.`)
  }
}
