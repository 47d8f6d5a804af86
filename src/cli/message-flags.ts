import {string} from '@oclif/core/flags'

const file = (what: string) =>
  string({summary: `Send ${what}: a file, or an address on the web.`, helpGroup: 'CONTENT'})

/** What a message may hold, as flags. */
export const contentFlags = {
  text: string({summary: 'Text; - reads it from standard input.', helpGroup: 'CONTENT'}),
  image: file('an image'),
  document: file('a document'),
  audio: file('audio'),
  video: file('a video'),
  sticker: file('a sticker'),
  caption: string({summary: 'Words below an image, a video or a document.', helpGroup: 'CONTENT'}),
  template: string({summary: 'Name of a template.', helpGroup: 'CONTENT'}),
  language: string({summary: 'Language of the template; pt_BR unless told.', dependsOn: ['template']}),
  param: string({
    summary: 'Value for the body of the template, in order; or NAME=VALUE for a named one.',
    multiple: true,
    dependsOn: ['template'],
  }),
  button: string({
    aliases: ['buttons'],
    summary: 'A button below the text, up to 3; ID=TITLE gives it an id.',
    multiple: true,
    dependsOn: ['text'],
  }),
  list: string({
    summary: 'A row of a list below the text, up to 10: TITLE, or TITLE|DESCRIPTION.',
    multiple: true,
    dependsOn: ['text'],
    exclusive: ['button'],
  }),
  'list-button': string({summary: 'What opens the list; "Ver opções" unless told.', dependsOn: ['list']}),
  location: string({summary: 'A place: LATITUDE,LONGITUDE[,NAME].', helpGroup: 'CONTENT'}),
  contact: string({summary: 'A contact card: "NAME:PHONE".', multiple: true, helpGroup: 'CONTENT'}),
  content: string({summary: 'Any content as JSON: a file, or - for standard input.', helpGroup: 'CONTENT'}),
}

export interface ContentFlags {
  text?: string
  image?: string
  document?: string
  audio?: string
  video?: string
  sticker?: string
  caption?: string
  template?: string
  language?: string
  param?: string[]
  button?: string[]
  list?: string[]
  'list-button'?: string
  location?: string
  contact?: string[]
  content?: string
}
