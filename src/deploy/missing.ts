import type {Kysely} from 'kysely'
import {didYouMean} from '../base/nearest.ts'
import {secretsIn} from '../flow/secrets.ts'
import type {FlowDefinition} from '../flow/shape.ts'
import {hasTag} from '../store/has-tag.ts'
import type {Engine} from '../store/migration.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'

/** A database or a transaction to read from. */
export interface Reader {
  db: Kysely<TenantSchema>
  engine: Engine
}

export type MissingRule = 'missing-secret' | 'missing-connection' | 'missing-tag' | 'missing-number'

/** Something that a flow refers to and the tenant does not have. */
export interface MissingThing {
  flow: string
  node?: string
  rule: MissingRule
  message: string
  /** What helps, usually a command. */
  step: string
}

/** Every name of each WhatsApp number, with its id: `trigger.numbers` may say any of them. */
export type Numbers = ReadonlyMap<string, string>

export async function numbersOf({db}: Reader): Promise<Numbers> {
  const rows = await db
    .selectFrom('whatsapp_configs')
    .select(['id', 'name', 'phone_number'])
    .where('removed_at', 'is', null)
    .execute()
  return new Map(rows.flatMap(({id, name, phone_number: phone}) => [id, name, phone].map((one) => [one, id] as const)))
}

/** What the applied flows refer to and nobody here has; `all` are the flows that will be live together. */
export async function missingThings(
  reader: Reader,
  applied: readonly FlowDefinition[],
  {all, numbers}: {all: readonly FlowDefinition[]; numbers: Numbers},
): Promise<MissingThing[]> {
  return [
    ...missingNumbers(applied, numbers),
    ...(await missingSecrets(reader, applied)),
    ...(await missingConnections(reader, applied)),
    ...(await missingTags(reader, applied, all)),
  ]
}

/** A flow that answers only on a number that is not here would answer nobody. */
const missingNumbers = (applied: readonly FlowDefinition[], numbers: Numbers): MissingThing[] =>
  applied.flatMap(({flow, trigger}) =>
    (trigger.type === 'none' ? [] : (trigger.numbers ?? []))
      .filter((name) => !numbers.has(name))
      .map((name) => {
        const hint = didYouMean(name, new Set(numbers.keys()))
        const message = `The WhatsApp number "${name}" is not there.${hint === undefined ? '' : ` ${hint}`}`
        return {flow, rule: 'missing-number', message, step: 'See what there is: pytake whatsapp list'}
      }),
  )

/** A call that names a secret nobody set would fail at the first customer who gets there. */
async function missingSecrets({db}: Reader, applied: readonly FlowDefinition[]): Promise<MissingThing[]> {
  const wanted = applied.flatMap(({flow, nodes}) =>
    nodes.flatMap(({id, data}) => secretsIn(data).map((name) => ({flow, node: id, name}))),
  )
  if (wanted.length === 0) return []
  const rows = await db.selectFrom('secrets').select('name').execute()
  const known = new Set(rows.map(({name}) => name))
  return wanted
    .filter(({name}) => !known.has(name))
    .map(({flow, node, name}) => {
      const hint = didYouMean(name, known)
      const message = `The secret "${name}" is not set here.${hint === undefined ? '' : ` ${hint}`}`
      const step = `Set it: pytake secret set ${name} --file FILE`
      return {flow, node, rule: 'missing-secret' as const, message, step}
    })
}

/** A look-up in an ERP that nobody connected would fail at every customer. Which one is meant is decided as at the call. */
async function missingConnections({db}: Reader, applied: readonly FlowDefinition[]): Promise<MissingThing[]> {
  const wanted = applied.flatMap(({flow, nodes}) =>
    nodes.flatMap(({id, type, data}) =>
      type === 'erp' ? [{flow, node: id, name: (data as {connection?: string}).connection}] : [],
    ),
  )
  if (wanted.length === 0) return []
  const rows = await db.selectFrom('erp_connections').select(['id', 'name', 'is_default']).execute()
  const names = new Set(rows.flatMap(({id, name}) => [id, name]))
  const marked = rows.filter((row) => row.is_default)
  const meant = marked.length > 0 ? marked : rows
  return wanted.flatMap(({flow, node, name}) => {
    const message = name === undefined ? meantProblem(meant.length) : unknownConnection(name, names)
    const step = 'See what is connected: pytake erp list'
    return message === undefined ? [] : [{flow, node, rule: 'missing-connection' as const, message, step}]
  })
}

function meantProblem(count: number): string | undefined {
  if (count === 1) return undefined
  return count === 0
    ? 'No ERP is connected here.'
    : 'Several ERPs are connected here and none is the default: name one with connection.'
}

function unknownConnection(name: string, names: ReadonlySet<string>): string | undefined {
  if (names.has(name)) return undefined
  const hint = didYouMean(name, names)
  return `The ERP connection "${name}" is not there.${hint === undefined ? '' : ` ${hint}`}`
}

/** A schedule for people with a tag that nobody has and no flow gives would start with nobody, every time. */
async function missingTags(
  {db, engine}: Reader,
  applied: readonly FlowDefinition[],
  all: readonly FlowDefinition[],
): Promise<MissingThing[]> {
  const wanted = applied.flatMap(({flow, trigger}) =>
    trigger.type === 'schedule' ? (trigger.audience?.tags ?? []).map((tag) => ({flow, tag})) : [],
  )
  const given = all.flatMap(({nodes}) => nodes.flatMap(tagsGivenBy))
  // A tag that is put together while a flow runs may be any.
  if (wanted.length === 0 || given.some((tag) => tag.includes('{{'))) return []
  const found: MissingThing[] = []
  for (const {flow, tag} of wanted) {
    if (given.includes(tag)) continue
    const held = await db
      .selectFrom('contacts')
      .select('id')
      .where(hasTag(engine, 'contacts', tag))
      .limit(1)
      .execute()
    if (held.length > 0) continue
    const message = `Nobody has the tag "${tag}", and no flow gives it.`
    const step = `Give it to somebody first: pytake contact edit CONTACT --tag ${tag}`
    found.push({flow, rule: 'missing-tag', message, step})
  }
  return found
}

const tagsGivenBy = ({type, data}: FlowDefinition['nodes'][number]): string[] =>
  type === 'set_variable' ? ((data as {add_tags?: string[]}).add_tags ?? []) : []
