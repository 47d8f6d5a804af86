import {writeFileSync} from 'node:fs'
import {resolve} from 'node:path'
import {string} from '@oclif/core/args'
import {boolean, string as text} from '@oclif/core/flags'
import {PytakeError} from '../../src/base/errors.ts'
import {ErpCommand} from '../../src/cli/erp-command.ts'
import {slipFields} from '../../src/cli/erp-rows.ts'
import {unreadable} from '../../src/cli/files.ts'
import {duplicateErpInvoice} from '../../src/operations/erp-lookups.ts'

export default class ErpBoleto extends ErpCommand {
  static override summary = 'Second copy of a boleto: typed line, bar code, PIX and PDF.'
  static override examples = [
    '<%= config.bin %> erp boleto 1001 --pdf boleto.pdf',
    '<%= config.bin %> erp boleto 1001 --qr',
  ]
  static override args = {invoice: string({description: 'Id as "erp invoices" shows it.', required: true})}
  static override flags = {
    customer: text({summary: 'Id of the customer, where the invoice does not name it.'}),
    pdf: text({summary: 'Write the PDF to this file.'}),
    qr: boolean({summary: 'Draw the PIX code as a QR code.'}),
  }

  async run() {
    const {args, flags} = await this.parse(ErpBoleto)
    const where = await this.target(flags.connection)
    const wish = {id: args.invoice, customer_id: flags.customer, pdf: flags.pdf !== undefined}
    const slip = await this.call(duplicateErpInvoice, {...where, ...wish})
    if (flags.pdf !== undefined) this.#write(flags.pdf, slip.pdf_base64)
    this.show(flags.pdf === undefined ? slip : {...slip, pdf_base64: null}, slipFields(slip))
    for (const warning of slip.warnings) this.warning(warning)
    if (!flags.qr) return
    if (slip.pix === null) throw new PytakeError('NOT_FOUND', 'There is no PIX code for this invoice.')
    const {qrCode, qrText} = await import('../../src/cli/qr.ts')
    const drawn = qrText(qrCode(slip.pix))
    if (this.wantsJson) this.io.stderr.write(drawn)
    else this.io.stdout.write(drawn)
  }

  #write(file: string, base64: string | null): void {
    if (base64 === null) throw new PytakeError('NOT_FOUND', 'The ERP gave no PDF of this invoice.')
    try {
      writeFileSync(resolve(this.io.cwd, file), Buffer.from(base64, 'base64'))
    } catch (error) {
      throw unreadable(file, error)
    }
    this.done(`${file} is written.`)
  }
}
