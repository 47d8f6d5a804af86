import type {FastifyInstance} from 'fastify'
import type {ServedOperation} from '../operations/operation.ts'
import {docsPage, docsScript, docsStyle} from './docs-page.ts'
import {etagOf} from './etag.ts'
import {openApiOf} from './openapi.ts'

/** The page may read and call this server, and no other. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; img-src data:; frame-ancestors 'none'"

/** `/openapi.json`, and `/docs` to read it and try it: nobody has to sign in to learn how to. */
export function addDocs(app: FastifyInstance, operations: readonly ServedOperation[], others: object): void {
  let made: string | undefined
  app.get('/openapi.json', (_request, reply) => {
    made ??= JSON.stringify(openApiOf(operations, {...others}))
    return reply.type('application/json').header('etag', etagOf(made)).header('cache-control', 'no-cache').send(made)
  })
  const files = [
    ['/docs', 'text/html; charset=utf-8', docsPage],
    ['/docs/style.css', 'text/css; charset=utf-8', docsStyle],
    ['/docs/script.js', 'text/javascript; charset=utf-8', docsScript],
  ] as const
  for (const [path, type, text] of files) {
    app.get(path, (_request, reply) => reply.type(type).header('content-security-policy', policy).send(text))
  }
}
