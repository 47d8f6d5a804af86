import {z} from 'zod'
import {differences, record, replay} from '../erp/cassette.ts'
import {parseCnpj, parseCpf} from '../base/documents.ts'
import {invalid} from '../base/errors.ts'
import {findConnection} from '../erp/connections.ts'
import {erpOperations, erpTypes} from '../erp/connector.ts'
import {wireOf} from '../erp/pool.ts'
import {ref} from './fields.ts'
import {localOperation, operation} from './operation.ts'

const texts = z.record(z.string(), z.string())

export const Cassette = z.strictObject({
  erp_type: z.enum(erpTypes),
  operation: z.enum(erpOperations).exclude(['ticket']),
  recorded_at: z.iso.datetime(),
  settings: texts,
  input: texts,
  exchanges: z.array(z.strictObject({method: z.string(), path: z.string(), status: z.int(), body: z.string()})),
  answer: z.unknown(),
})
export type Cassette = z.output<typeof Cassette>

export const recordErp = operation({
  id: 'erp.record',
  method: 'POST',
  path: '/erp/connections/{id}/record',
  permission: 'erp:write',
  summary: 'Record real answers of an ERP about one customer, with personal data replaced. Changes nothing there.',
  input: z.strictObject({id: ref, document: z.string().max(32)}),
  output: z.object({cassettes: z.array(Cassette)}),
  status: 200,
  async run(context, {id, document: text}) {
    const document = parseCpf(text) ?? parseCnpj(text)
    if (document === undefined) throw invalid('document', 'is no valid CPF or CNPJ')
    const row = await findConnection(context.tenant, id)
    context.note({resource: row.id})
    const wire = wireOf(context, row, context.tenantRow.settings.timezone)
    return {cassettes: (await record(wire, context.clock, document)) as Cassette[]}
  },
})

export const verifyErp = localOperation({
  id: 'erp.verify',
  summary: 'Play recorded answers to the connector and say which field changed.',
  input: z.strictObject({cassettes: z.array(Cassette).min(1)}),
  output: z.object({
    results: z.array(
      z.object({
        ...{erp_type: z.string(), operation: z.string(), ok: z.boolean()},
        changes: z.array(z.object({field: z.string(), was: z.unknown(), is: z.unknown()})),
      }),
    ),
  }),
  async run(_context, {cassettes}) {
    const results = []
    for (const cassette of cassettes) {
      const changes = differences(cassette.answer, await replay(cassette))
      results.push({erp_type: cassette.erp_type, operation: cassette.operation, ok: changes.length === 0, changes})
    }
    return {results}
  },
})

export const erpCassetteOperations = {recordErp}
