import {visible} from './escape.ts'

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** Text inside XML, in elements and attributes alike. What XML cannot hold at all becomes an escape one can see. */
export const xmlText = (text: string): string =>
  visible(text)
    .replace(/[\ud800-\udfff\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"']/g, (sign) => entities[sign] ?? sign)
