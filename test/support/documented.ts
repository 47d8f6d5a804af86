import {Ajv2020} from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a document of any depth, whose parts each test looks at
export type Json = Record<string, any>

export interface DocumentedOperation {
  path: string
  method: string
  one: Json
}

export interface Documented {
  document: Json
  operations: DocumentedOperation[]
  /** What is wrong with an answer by the document; '' when nothing is. */
  problemOf(operation: {path: string; method: string}, answer: {status: number; type: string; text: string}): string
  /** Whether a body is one that the operation is documented to take. */
  takes(operation: {path: string; method: string}, body: unknown): boolean
}

/** Reads the document of a live server. */
export async function readDocument(url: string): Promise<Documented> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as Json
  const ajv = new Ajv2020({strict: false})
  addFormats.default(ajv)
  // Its pattern says what it is.
  ajv.addFormat('base64', true)
  ajv.addSchema({$id: 'doc', ...document})
  const check = (...parts: string[]) => ajv.getSchema(pointer(parts))
  return {
    document,
    operations: Object.entries(document.paths as Json).flatMap(([path, methods]) =>
      Object.entries(methods as Json).map(([method, one]) => ({path, method, one: one as Json})),
    ),
    problemOf({path, method}, {status, type, text}) {
      const documented = ((document.paths as Json)[path] as Json)[method].responses[status] as Json | undefined
      if (!documented) return `status ${status} is not documented`
      const [kind] = Object.keys((documented.content ?? {}) as Json)
      if (kind === undefined) return text === '' ? '' : `a body where none is documented: ${text}`
      if (kind === '*/*') return ''
      if (!type.startsWith(kind)) return `${type} is not ${kind}`
      const fits = check('paths', path, method, 'responses', String(status), 'content', kind, 'schema')
      if (!fits) return 'no schema'
      return fits(JSON.parse(text)) ? '' : ajv.errorsText(fits.errors)
    },
    takes({path, method}, body) {
      const fits = check('paths', path, method, 'requestBody', 'content', 'application/json', 'schema')
      return fits === undefined || fits(body) === true
    },
  }
}

const pointer = (parts: readonly string[]): string =>
  `doc#/${parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`
