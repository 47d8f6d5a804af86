import {describe, expect, it} from 'vitest'
import type {Content, Option} from '../../../src/base/message.ts'
import {cloud} from '../../../src/channels/cloud/channel.ts'

const x = (length: number) => 'x'.repeat(length)
const option = (title: string, id = title): Option => ({id, title})
const options = (count: number) => Array.from({length: count}, (_, index) => option(`Option ${index}`))
const buttons = (more: Partial<Extract<Content, {kind: 'buttons'}>> = {}): Content => ({
  kind: 'buttons',
  text: 'Pick',
  buttons: options(3),
  ...more,
})
const list = (more: Partial<Extract<Content, {kind: 'list'}>> = {}): Content => ({
  kind: 'list',
  text: 'Pick',
  button: 'Open',
  sections: [{rows: options(10)}],
  ...more,
})
const template = (more: Partial<Extract<Content, {kind: 'template'}>> = {}): Content => ({
  kind: 'template',
  name: 'order_1',
  language: 'pt_BR',
  ...more,
})
const file = (mime_type: string, size: number) => ({sha256: 'a'.repeat(64), mime_type, size})
const MB = 1024 * 1024
const cta = (more: Partial<Extract<Content, {kind: 'cta_url'}>> = {}): Content => ({
  kind: 'cta_url',
  text: 'Pay',
  display_text: 'Open',
  url: 'https://a.example',
  ...more,
})
const contact = (first_name?: string) => ({name: {formatted_name: 'Ana', first_name}})

const good: [string, Content][] = [
  ['text at its limit', {kind: 'text', text: x(4096)}],
  ['text of emoji at its limit', {kind: 'text', text: '😀'.repeat(4096)}],
  ['caption at its limit', {kind: 'image', media: {id: '1'}, caption: x(1024)}],
  [
    'three buttons at their limits',
    buttons({text: x(1024), buttons: [option(x(20), x(256)), option('b')], footer: x(60)}),
  ],
  ['a list at its limits', list({text: x(4096), button: x(20), header: {text: x(60)}})],
  [
    'rows at their limits',
    list({
      sections: [
        {title: x(24), rows: [{id: x(200), title: x(24), description: x(72)}]},
        {title: 'b', rows: [option('c')]},
      ],
    }),
  ],
  ['cta at its limits', cta({text: x(1024), display_text: x(20)})],
  ['a picture at its limit', {kind: 'image', media: file('image/png', 5 * MB)}],
  ['a voice note', {kind: 'audio', media: file('audio/ogg; codecs=opus', 16 * MB), voice: true}],
  ['a reaction', {kind: 'reaction', message_id: 'w', emoji: '👨‍👩‍👧'}],
  ['a reaction taken back', {kind: 'reaction', message_id: 'w', emoji: ''}],
  [
    'a template',
    template({header: {text: x(60)}, body: ['a', 'b'], buttons: [{index: 0, type: 'copy_code', value: x(15)}]}),
  ],
  ['a contact', {kind: 'contacts', contacts: [contact('Ana')]}],
]

const bad: [string, Content, string, string][] = [
  ['long text', {kind: 'text', text: x(4097)}, 'text', '4096'],
  ['blank text', {kind: 'text', text: ' \n'}, 'text', 'empty'],
  ['long caption', {kind: 'image', media: {id: '1'}, caption: x(1025)}, 'caption', '1024'],
  ['caption of audio', {kind: 'audio', media: {id: '1'}, caption: 'a'}, 'caption', 'audio'],
  ['caption of sticker', {kind: 'sticker', media: {id: '1'}, caption: 'a'}, 'caption', 'sticker'],
  ['file name of a picture', {kind: 'image', media: {id: '1'}, filename: 'a'}, 'filename', 'document'],
  ['voice that is video', {kind: 'video', media: {id: '1'}, voice: true}, 'voice', 'audio'],
  ['large picture', {kind: 'image', media: file('image/png', 5 * MB + 1)}, 'media.size', `${5 * MB}`],
  ['large audio', {kind: 'audio', media: file('audio/ogg', 16 * MB + 1)}, 'media.size', `${16 * MB}`],
  ['large video', {kind: 'video', media: file('video/mp4', 16 * MB + 1)}, 'media.size', `${16 * MB}`],
  ['large document', {kind: 'document', media: file('application/pdf', 100 * MB + 1)}, 'media.size', `${100 * MB}`],
  ['large sticker', {kind: 'sticker', media: file('image/webp', 500 * 1024 + 1)}, 'media.size', `${500 * 1024}`],
  ['picture of a wrong kind', {kind: 'image', media: file('image/gif', 1)}, 'media.mime_type', 'image/jpeg, image/png'],
  ['long link', {kind: 'image', media: {link: `https://a.example/${x(2000)}`}}, 'media.link', '2000'],
  ['two emoji', {kind: 'reaction', message_id: 'w', emoji: '👍👍'}, 'emoji', 'one emoji'],
  ['too many contacts', {kind: 'contacts', contacts: Array.from({length: 258}, () => contact('A'))}, 'contacts', '257'],
  [
    'a contact without name parts',
    {kind: 'contacts', contacts: [contact('A'), contact()]},
    'contacts[1].name',
    'first_name',
  ],
  ['four buttons', buttons({buttons: options(4)}), 'buttons', 'at most 3'],
  ['long button', buttons({buttons: [option('a'), option(x(21))]}), 'buttons[1].title', '20'],
  ['long button id', buttons({buttons: [option('a', x(257))]}), 'buttons[0].id', '256'],
  ['same titles', buttons({buttons: [option('a', '1'), option('a', '2')]}), 'buttons[1].title', 'twice'],
  ['same ids', buttons({buttons: [option('a', '1'), option('b', '1')]}), 'buttons[1].id', 'twice'],
  ['described button', buttons({buttons: [{id: '1', title: 'a', description: 'b'}]}), 'buttons[0].description', 'list'],
  ['long body of buttons', buttons({text: x(1025)}), 'text', '1024'],
  ['long header', buttons({header: {text: x(61)}}), 'header.text', '60'],
  [
    'large header',
    buttons({header: {kind: 'image', media: file('image/png', 6 * MB)}}),
    'header.media.size',
    `${5 * MB}`,
  ],
  ['long footer', buttons({footer: x(61)}), 'footer', '60'],
  ['long body of a list', list({text: x(4097)}), 'text', '4096'],
  ['picture over a list', list({header: {kind: 'image', media: {id: '1'}}}), 'header', 'text header'],
  ['long list button', list({button: x(21)}), 'button', '20'],
  [
    'eleven rows',
    list({
      sections: [
        {title: 'a', rows: options(6)},
        {title: 'b', rows: options(11).slice(6)},
      ],
    }),
    'sections',
    '11 rows',
  ],
  [
    'eleven sections',
    list({sections: options(11).map((row) => ({title: 't', rows: [row]}))}),
    'sections',
    'at most 10',
  ],
  [
    'sections without titles',
    list({sections: [{title: 'a', rows: options(1)}, {rows: [option('z')]}]}),
    'sections[1].title',
    'titles',
  ],
  ['long section title', list({sections: [{title: x(25), rows: options(1)}]}), 'sections[0].title', '24'],
  ['long row', list({sections: [{rows: [option(x(25), '1')]}]}), 'sections[0].rows[0].title', '24'],
  ['long row id', list({sections: [{rows: [option('a', x(201))]}]}), 'sections[0].rows[0].id', '200'],
  [
    'long description',
    list({sections: [{rows: [{id: '1', title: 'a', description: x(73)}]}]}),
    'sections[0].rows[0].description',
    '72',
  ],
  [
    'same row ids in two sections',
    list({
      sections: [
        {title: 'a', rows: [option('a', '1')]},
        {title: 'b', rows: [option('b', '1')]},
      ],
    }),
    'sections[1].rows[0].id',
    'twice',
  ],
  ['long cta label', cta({display_text: x(21)}), 'display_text', '20'],
  ['long cta body', cta({text: x(1025)}), 'text', '1024'],
  ['template name', template({name: 'Order-1'}), 'name', 'lower-case'],
  ['long template name', template({name: x(513)}), 'name', '512'],
  ['empty parameter', template({body: ['a', '']}), 'body[1]', 'empty'],
  ['parameter with a line break', template({body: {nome: 'a\nb'}}), 'body.nome', 'line breaks'],
  ['parameter with many spaces', template({body: ['a     b']}), 'body[0]', '4 spaces'],
  ['parameters too long together', template({body: [x(600), x(600)]}), 'body', '1024'],
  ['long template header', template({header: {text: x(61)}}), 'header.text', '60'],
  ['long copy code', template({buttons: [{index: 0, type: 'copy_code', value: x(16)}]}), 'buttons[0].value', '15'],
  [
    'the same button twice',
    template({
      buttons: [
        {index: 1, type: 'url', value: 'a'},
        {index: 1, type: 'url', value: 'b'},
      ],
    }),
    'buttons[1].index',
    'twice',
  ],
]

describe('what may go', () => {
  it.each(good)('%s', (_title, content) => {
    expect(cloud.check(content)).toEqual([])
  })
})

describe('what is refused before the wire', () => {
  it.each(bad)('%s', (_title, content, field, words) => {
    const problems = cloud.check(content)
    expect(problems.map((problem) => problem.field)).toContain(field)
    expect(problems.find((problem) => problem.field === field)?.message).toContain(words)
  })

  it('tells all problems at once', () => {
    const content = buttons({text: x(2000), footer: x(100), buttons: options(5)})
    expect(cloud.check(content).map(({field}) => field)).toEqual(['text', 'footer', 'buttons'])
  })
})
