import {extname} from 'node:path'

const office = 'application/vnd.openxmlformats-officedocument'

/** Media types of the files that WhatsApp takes, by what their names end in. */
const types: Readonly<Record<string, string>> = {
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.aac': 'audio/aac',
  '.amr': 'audio/amr',
  '.mp3': 'audio/mpeg',
  '.m4a': 'audio/mp4',
  '.ogg': 'audio/ogg',
  '.opus': 'audio/ogg',
  '.mp4': 'video/mp4',
  '.3gp': 'video/3gpp',
  '.txt': 'text/plain',
  '.csv': 'text/plain',
  '.pdf': 'application/pdf',
  '.doc': 'application/msword',
  '.docx': `${office}.wordprocessingml.document`,
  '.xls': 'application/vnd.ms-excel',
  '.xlsx': `${office}.spreadsheetml.sheet`,
  '.ppt': 'application/vnd.ms-powerpoint',
  '.pptx': `${office}.presentationml.presentation`,
}

export const mediaTypeOf = (name: string): string => types[extname(name).toLowerCase()] ?? 'application/octet-stream'

const extensions = new Map(Object.entries(types).map(([extension, type]) => [type, extension]))

/** With its dot; empty when it is not known. */
export const extensionOf = (type: string): string => extensions.get(type.split(';')[0]?.trim() ?? '') ?? ''
