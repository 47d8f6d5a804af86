import {PytakeError} from '../base/errors.ts'

/** Where a definition of a flow is: in a file, or deployed, as a release or as what is live. */
export type FlowRef = {file: string} | {flow: string; version?: number}

/** `menu`, `menu@3`, `menu@r3`, or a file. */
export function flowRefOf(text: string): FlowRef {
  if (text === '-' || text.includes('/') || /\.(ya?ml|json)$/i.test(text)) return {file: text}
  const [, flow, version] = /^(.+?)(?:@r?(\d{1,9}))?$/.exec(text) ?? []
  if (flow === undefined || flow.includes('@'))
    throw new PytakeError('BAD_REQUEST', `"${text}": write FLOW, FLOW@3 or a file.`)
  return version === undefined ? {flow} : {flow, version: Number(version)}
}
