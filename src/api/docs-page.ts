/** The reference as a page: reads `/openapi.json` of this server and calls it. Nothing comes from elsewhere. */
export const docsScript = `
const make = (name, props, ...children) => {
  const element = Object.assign(document.createElement(name), props)
  element.append(...children)
  return element
}
const pretty = (value) => JSON.stringify(value, null, 2)
const list = document.querySelector('main')
const token = document.querySelector('#token')
const tenant = document.querySelector('#tenant')

function sample(schema) {
  if (!schema) return undefined
  const one = schema.anyOf ? schema.anyOf[0] : schema
  if (one.default !== undefined) return one.default
  if (one.enum) return one.enum[0]
  const type = [one.type].flat()[0]
  if (type === 'object') {
    const needed = one.required ?? []
    return Object.fromEntries(needed.map((key) => [key, sample((one.properties ?? {})[key])]))
  }
  return {array: [], number: 0, integer: 0, boolean: false}[type] ?? ''
}

async function call(path, method, fields, body, answer) {
  let address = path
  const query = new URLSearchParams()
  const headers = {}
  for (const {parameter, input} of fields) {
    if (input.value === '') continue
    if (parameter.in === 'path') address = address.replace('{' + parameter.name + '}', encodeURIComponent(input.value))
    else if (parameter.in === 'query') query.set(parameter.name, input.value)
    else headers[parameter.name] = input.value
  }
  if (token.value) headers.authorization = 'Bearer ' + token.value.trim()
  if (tenant.value) headers['x-pytake-tenant'] = encodeURIComponent(tenant.value)
  if (body) headers['content-type'] = 'application/json'
  const url = query.size > 0 ? address + '?' + query : address
  try {
    const response = await fetch(url, {method, headers, body: body ? body.value : undefined})
    const text = await response.text()
    let shown = text
    try { shown = pretty(JSON.parse(text)) } catch {}
    answer.textContent = response.status + ' ' + url + '\\n' + shown
  } catch (error) {
    answer.textContent = String(error)
  }
}

function show(path, method, operation) {
  const fields = operation.parameters
    .filter(({name}) => name !== 'X-PyTake-Tenant')
    .map((parameter) => ({parameter, input: make('input', {placeholder: parameter.required ? 'required' : ''})}))
  const rows = fields.map(({parameter, input}) => make('label', {}, parameter.name + ' (' + parameter.in + ')', input))
  const schema = operation.requestBody?.content['application/json'].schema
  const body = schema ? make('textarea', {rows: 6, value: pretty(sample(schema))}) : undefined
  const answer = make('pre', {})
  const button = make('button', {type: 'button', onclick: () => call(path, method, fields, body, answer)}, 'Call')
  const permission = operation['x-permission'] ? 'Needs ' + operation['x-permission'] + '. ' : ''
  const answers = 'Answers ' + Object.entries(operation.responses).map(([code]) => code).join(', ') + '.'
  const schemas = make('details', {}, make('summary', {}, 'Schemas'), make('pre', {}, pretty({body: schema, responses: operation.responses})))
  const verb = make('b', {className: method}, method)
  return make('details', {id: operation.operationId},
    make('summary', {}, verb, ' ', make('code', {}, path), ' ', operation.summary),
    make('p', {}, permission + answers), ...rows, ...(body ? [body] : []), button, answer, schemas)
}

const found = await (await fetch('/openapi.json')).json()
let last
for (const [path, methods] of Object.entries(found.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    if (operation.tags[0] !== last) list.append(make('h2', {}, (last = operation.tags[0])))
    list.append(show(path, method.toUpperCase(), operation))
  }
}
document.querySelector('h1').append(' ' + found.info.version)
`

export const docsStyle = `
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif }
body { max-width: 60rem; margin: 0 auto; padding: 1rem }
header label, main label { display: block; margin: .3rem 0 }
input, textarea { font: inherit; width: 100%; box-sizing: border-box }
textarea, pre, code { font-family: ui-monospace, monospace; font-size: 13px }
pre { overflow: auto; max-height: 30rem; white-space: pre-wrap }
details { border-bottom: 1px solid #8884; padding: .4rem 0 }
summary { cursor: pointer }
summary b { display: inline-block; width: 4.5rem }
b.GET { color: #2a7ae2 } b.POST { color: #2a9d4a } b.PUT { color: #c77d00 } b.DELETE { color: #d03a3a }
`

export const docsPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>PyTake API</title>
<link rel="stylesheet" href="/docs/style.css">
<header>
<h1>PyTake API</h1>
<p>Made from <a href="/openapi.json">/openapi.json</a> of this server. The token stays in this page.</p>
<label>Token <input id="token" type="password" autocomplete="off"></label>
<label>Tenant (tokens of the platform only) <input id="tenant"></label>
</header>
<main></main>
<script type="module" src="/docs/script.js"></script>
</html>
`
