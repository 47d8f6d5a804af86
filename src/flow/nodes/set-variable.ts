import {z} from 'zod'
import {textOf} from '../../base/functions.ts'
import {nodeType, type Run} from '../node.ts'
import {changeContact, render, setVariable as assign} from '../run.ts'
import type {ContactChange, Json} from '../session.ts'
import {buildValue, ValueSource, type Value} from '../values.ts'

const variable = /^(?:vars\.)?([A-Za-z_][A-Za-z0-9_]{0,63})$/
const contactField = /^contact\.(?:(name|email)|attributes\.([A-Za-z0-9_.-]{1,64}))$/

const Target = z.string().refine((name) => variable.test(name) || contactField.test(name), {
  error: 'It can set vars.NAME, contact.name, contact.email and contact.attributes.NAME.',
})
const Tags = z.array(z.string().min(1))

/** Sets variables, fields and attributes of the contact, and tags. */
export const setVariable = nodeType({
  schema: z.strictObject({
    set: z.record(Target, ValueSource).optional(),
    add_tags: Tags.optional(),
    remove_tags: Tags.optional(),
  }),
  outcomes: {good: ['ok'], bad: []},
  writes: ({set = {}}) => Object.keys(set).flatMap((target) => variable.exec(target)?.[1] ?? []),
  build({set = {}, add_tags: add = [], remove_tags: remove = []}, builder) {
    const values = Object.entries(set).map(([target, source]) => ({
      target,
      value: buildValue(source, ['set', target], builder),
    }))
    const adding = add.map((tag, index) => builder.text(['add_tags', index], tag))
    const removing = remove.map((tag, index) => builder.text(['remove_tags', index], tag))
    return {
      enter(run) {
        const change: ContactChange = {}
        for (const one of values) put(run, one, change)
        if (adding.length > 0) change.addTags = adding.map((tag) => render(run, tag)).filter(Boolean)
        if (removing.length > 0) change.removeTags = removing.map((tag) => render(run, tag)).filter(Boolean)
        if (Object.keys(change).length > 0) changeContact(run, change)
        return {do: 'leave', outcome: 'ok'}
      },
    }
  },
})

const textOrNull = (value: Json) => textOf(value) || null

function put(run: Run, {target, value}: {target: string; value: Value}, change: ContactChange) {
  const name = variable.exec(target)?.[1]
  if (name !== undefined) return assign(run, name, value(run))
  const [, field, attribute] = contactField.exec(target) ?? []
  if (attribute !== undefined) change.attributes = {...change.attributes, [attribute]: value(run)}
  else if (field === 'name' || field === 'email') change[field] = textOrNull(value(run))
}
