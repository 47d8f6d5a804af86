/** The reference as a page: reads `/openapi.json` of this server and calls it. Nothing comes from elsewhere. */
export const docsScript = `
const make = (name, props, ...children) => {
  const element = Object.assign(document.createElement(name), props)
  element.append(...children)
  return element
}
const pretty = (value) => JSON.stringify(value, null, 2)
const find = (selector) => document.querySelector(selector)
const [list, nav, token, tenant, words] = ['main', 'nav', '#token', '#tenant', '#find'].map(find)
find('header form').onsubmit = (event) => event.preventDefault()

function sample(schema) {
  if (!schema) return undefined
  const one = schema.anyOf?.[0] ?? schema.oneOf?.[0] ?? schema
  if (one.examples) return one.examples[0]
  if (one.default !== undefined) return one.default
  if (one.const !== undefined) return one.const
  if (one.enum) return one.enum[0]
  const type = [one.type].flat()[0]
  if (type === 'object') {
    const needed = one.required ?? []
    return Object.fromEntries(needed.map((key) => [key, sample((one.properties ?? {})[key])]))
  }
  return {array: [], number: 0, integer: 0, boolean: false, null: null}[type] ?? ''
}

/** What may be given, in a few words. */
function hint({required, schema}) {
  const type = [schema.type].flat()[0] ?? ''
  const most = schema.maximum < 1e9 ? ' up to ' + schema.maximum : ''
  const usual = schema.default === undefined ? '' : 'default ' + schema.default
  return [required ? 'required' : '', usual || (schema.enum ? '' : schema.format || type + most)].filter(Boolean).join(', ')
}

function inputOf(parameter) {
  const {enum: choices} = parameter.schema
  if (!choices) return make('input', {placeholder: hint(parameter), required: Boolean(parameter.required)})
  const options = choices.map((choice) => make('option', {value: choice}, String(choice)))
  return make('select', {required: Boolean(parameter.required)}, make('option', {value: ''}, hint(parameter)), ...options)
}

async function call({path, method, fields, body, answer}) {
  let url = path
  const query = new URLSearchParams()
  const headers = {}
  for (const {parameter, input} of fields) {
    if (input.value === '') continue
    if (parameter.in === 'path') url = url.replace('{' + parameter.name + '}', encodeURIComponent(input.value))
    else if (parameter.in === 'query') query.set(parameter.name, input.value)
    else headers[parameter.name] = input.value
  }
  if (query.size > 0) url += '?' + query
  if (token.value) headers.authorization = 'Bearer ' + token.value.trim()
  if (tenant.value) headers['x-pytake-tenant'] = encodeURIComponent(tenant.value)
  if (body) headers['content-type'] = 'application/json'
  const began = performance.now()
  answer.hidden = false
  answer.className = ''
  answer.textContent = '…'
  try {
    const response = await fetch(url, {method, headers, body: body?.value})
    const took = Math.round(performance.now() - began)
    answer.className = response.ok ? 'ok' : 'bad'
    answer.textContent = response.status + '  ' + method + ' ' + url + '  ' + took + ' ms\\n\\n' + (await shown(response))
  } catch (error) {
    answer.className = 'bad'
    answer.textContent = String(error)
  }
}

async function shown(response) {
  const type = response.headers.get('content-type') ?? ''
  if (type.includes('json')) return pretty(await response.json())
  if (type === '' || type.startsWith('text/')) return response.text()
  return type + ', ' + (await response.blob()).size + ' bytes'
}

function answersOf(operation) {
  const rows = Object.entries(operation.responses).map(([code, {description}]) =>
    make('tr', {}, make('td', {}, make('code', {}, code)), make('td', {}, description)))
  const schemas = {body: operation.requestBody?.content['application/json'].schema}
  for (const [code, {content}] of Object.entries(operation.responses)) {
    if (code < 300 && content) schemas[code] = Object.values(content)[0].schema
  }
  return make('details', {}, make('summary', {}, 'Answers and schemas'), make('table', {}, ...rows), make('pre', {}, pretty(schemas)))
}

function show(path, method, operation) {
  const fields = operation.parameters
    .filter(({name}) => name !== 'X-PyTake-Tenant')
    .map((parameter) => ({parameter, input: inputOf(parameter)}))
  const rows = fields.map(({parameter, input}) =>
    make('label', {title: parameter.schema.description ?? parameter.description ?? ''},
      parameter.name, make('small', {}, ' ' + parameter.in), input))
  const schema = operation.requestBody?.content['application/json'].schema
  const text = schema ? pretty(sample(schema)) : ''
  const body = schema ? make('textarea', {rows: text.split('\\n').length + 1, value: text, spellcheck: false}) : undefined
  const answer = make('pre', {hidden: true})
  const onsubmit = (event) => {
    event.preventDefault()
    void call({path, method, fields, body, answer})
  }
  const parts = [make('div', {className: 'fields'}, ...rows), ...(body ? [make('label', {}, 'Body', body)] : [])]
  const form = make('form', {onsubmit}, ...parts, make('button', {}, 'Call'))
  const needs = operation['x-permission'] ? 'Needs ' + operation['x-permission'] + '.' : operation.security ? 'Needs no token.' : 'Needs a token.'
  return make('details', {id: operation.operationId},
    make('summary', {}, make('b', {className: method}, method), make('code', {}, path), make('span', {}, operation.summary)),
    make('p', {}, needs + ' ', make('small', {}, operation.operationId)), form, answer, answersOf(operation))
}

const found = await (await fetch('/openapi.json')).json()
const sections = new Map()
for (const [path, methods] of Object.entries(found.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    const tag = operation.tags[0]
    if (!sections.has(tag)) {
      sections.set(tag, make('section', {id: tag}, make('h2', {}, tag.replaceAll('_', ' '))))
      nav.append(make('a', {href: '#' + tag}, tag.replaceAll('_', ' ')), ' ')
    }
    sections.get(tag).append(show(path, method.toUpperCase(), operation))
  }
}
list.replaceChildren(...sections.values())
find('#about').textContent = found.info.description

words.oninput = () => {
  const wanted = words.value.toLowerCase().split(' ').filter(Boolean)
  for (const section of sections.values()) {
    const ones = [...section.querySelectorAll(':scope > details')]
    for (const one of ones) {
      const text = (one.id + ' ' + one.firstChild.textContent).toLowerCase()
      one.hidden = !wanted.every((word) => text.includes(word))
    }
    section.hidden = ones.every((one) => one.hidden)
  }
}

const opened = document.getElementById(decodeURIComponent(location.hash.slice(1)))
if (opened) {
  opened.open = true
  opened.scrollIntoView()
}
`

export const docsStyle = `
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; --line: #8883; --soft: #8881; --get: #2a7ae2; --post: #2a9d4a; --put: #c77d00; --delete: #d03a3a }
body { max-width: 66rem; margin: 0 auto; padding: 1rem 1rem 4rem }
h1 { margin: 0 }
h2 { margin: 2rem 0 .4rem; font-size: 1.2rem }
h2::first-letter { text-transform: uppercase }
small { opacity: .65 }
nav { line-height: 1.9; margin-top: .8rem }
nav a { margin-right: .5rem; white-space: nowrap }
#about { white-space: pre-line }
[hidden] { display: none !important }
header form, .fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .5rem 1rem }
label { display: block }
input, select, textarea { font: inherit; width: 100%; box-sizing: border-box; padding: .3rem .45rem; border: 1px solid #8887; border-radius: 4px }
textarea, pre, code { font-family: ui-monospace, monospace; font-size: 13px }
textarea { display: block; resize: vertical }
button { font: inherit; padding: .3rem 1.2rem; margin: .6rem 0; cursor: pointer }
pre { overflow: auto; max-height: 30rem; margin: .4rem 0; padding: .6rem .8rem; background: var(--soft); border-left: 3px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere }
pre.ok { border-color: var(--post) }
pre.bad { border-color: var(--delete) }
td { padding: .1rem .8rem .1rem 0; vertical-align: top }
summary { cursor: pointer }
section > details { border-top: 1px solid var(--line); padding: .45rem 0 }
section > details[open] { padding-bottom: 1rem }
section > details > summary { display: grid; grid-template-columns: 4.2rem minmax(0, 2fr) minmax(0, 3fr); gap: 0 .8rem; align-items: baseline; list-style: none }
section > details > summary::-webkit-details-marker { display: none }
section > details > summary:hover { background: var(--soft) }
summary code { overflow-wrap: anywhere }
.GET { color: var(--get) } .POST { color: var(--post) } .PUT { color: var(--put) } .DELETE { color: var(--delete) }
@media (max-width: 44rem) {
  section > details > summary { grid-template-columns: 4.2rem minmax(0, 1fr) }
  section > details > summary span { grid-column: 2 }
}
`

export const docsPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>PyTake API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/style.css">
<header>
<h1>PyTake API</h1>
<p>Made from <a href="/openapi.json">/openapi.json</a> of this server, and calls this server only. The token stays in this page.</p>
<details><summary>About this API</summary><p id="about"></p></details>
<form autocomplete="off">
<label>Token <input id="token" type="password" autocomplete="off" placeholder="pyt_… or a JWT"></label>
<label>Tenant <input id="tenant" placeholder="platform tokens only"></label>
<label>Find <input id="find" type="search" placeholder="address or summary"></label>
</form>
<nav></nav>
</header>
<main>Reading the document…</main>
<script type="module" src="/docs/script.js"></script>
</html>
`
