import {Command} from '@oclif/core/command'
import {boolean, string} from '@oclif/core/flags'
import type {Input, ParserOutput} from '@oclif/core/interfaces'
import type {z} from 'zod'
import type {Client} from '../operations/client.ts'
import {runHere} from '../operations/here.ts'
import type {Operation} from '../operations/operation.ts'
import {confirm} from './ask.ts'
import {visible} from './escape.ts'
import {failureOf, printFailure} from './failure.ts'
import {type Io, ioOf} from './io.ts'
import {type Cell, type Columns, details, isId, json, table, tsv} from './output.ts'
import {type Colour, painter} from './paint.ts'
import {askProduction, isChange, isProduction, marked, refuseOther} from './production.ts'
import {openClient, openLocalClient, type Where, whereToAct} from './where.ts'

type Named = Record<string, unknown>

/** Base of every command: flags, the way to operations, output and errors. */
export abstract class PytakeCommand extends Command {
  static override baseFlags = {
    json: boolean({summary: 'Answer in JSON on stdout.', helpGroup: 'GLOBAL'}),
    context: string({summary: 'Where to act: local, or a name from "pytake context list".', helpGroup: 'GLOBAL'}),
    confirm: string({summary: 'Name of the production context that is meant to be changed.', helpGroup: 'GLOBAL'}),
  }

  #client: Promise<Client> | undefined
  #where: Promise<Where> | undefined
  /** Whoever is here said that production is meant. */
  #meant: Promise<void> | undefined
  #flags: Readonly<Record<string, unknown>> = {}

  protected get io(): Io {
    return ioOf(this.config)
  }

  /** Remembers the flags, so that where to act is decided here for every command. */
  protected override async parse<F extends Named, B extends Named, A extends Named>(
    options?: Input<F, B, A>,
    argv?: string[],
  ): Promise<ParserOutput<F, B, A>> {
    const parsed = await super.parse(options, argv)
    this.#flags = parsed.flags
    return parsed
  }

  /** Carries an operation out where this command acts; what works on files alone opens nothing for it. */
  protected async call<I extends z.ZodType, O extends z.ZodType>(
    operation: Operation<I, O>,
    input: z.input<I>,
  ): Promise<z.output<O>> {
    if (operation.scope === 'here') return runHere(operation, input)
    if (isChange(operation)) await this.#mayChange()
    if (!this.#client) {
      this.#client = this.where().then((where) => openClient(this.io, where))
      // A failure is not kept: who tries again, as a tail does, must find what has become possible meanwhile.
      this.#client.catch(() => (this.#client = undefined))
    }
    return (await this.#client).call(operation, input)
  }

  /** This machine's data itself, for what is no operation. */
  protected async local() {
    const client = openLocalClient(this.io, await this.where())
    this.#client = client
    return client
  }

  #text(name: string): string | undefined {
    const value = this.#flags[name]
    return typeof value === 'string' ? value : undefined
  }

  protected where(): Promise<Where> {
    if (!this.#where) {
      this.#where = whereToAct(this.io, {context: this.#text('context'), tenant: this.#text('tenant')})
      this.#where.catch(() => (this.#where = undefined))
    }
    return this.#where
  }

  /** One page of rows: a table, TSV in a pipe, or the whole answer as JSON. */
  protected async list<T>(answer: {data: T[]; page: {total: number | null; has_more: boolean}}, columns: Columns<T>) {
    const {stdout} = this.io
    if (this.wantsJson) return stdout.write(json(answer, stdout))
    if (!stdout.isTTY) return stdout.write(tsv(answer.data, columns))
    if (answer.data.length === 0) return this.say('Nothing here.')
    const shown = await table(answer.data, columns, stdout)
    stdout.write(shown)
    const [{id} = {}] = answer.data as {id?: unknown}[]
    if (typeof id === 'string' && isId(id) && 'id' in columns && !shown.includes(id))
      this.say('Ids are cut to fit. Whole: a wider terminal, a pipe, or --json.')
    if (answer.page.has_more)
      this.say(`${answer.data.length} of ${answer.page.total ?? 'many'}. More: --page or --limit.`)
  }

  /** One thing: its fields a line each, or the whole answer as JSON. */
  protected show(value: object, fields: Readonly<Record<string, Cell>>): void {
    const {stdout} = this.io
    stdout.write(this.wantsJson ? json(value, stdout) : details(fields, stdout))
  }

  /** Words for people, on stderr. */
  protected say(text: string): void {
    this.io.stderr.write(`${visible(text)}\n`)
  }

  protected done(text: string): void {
    this.#mark('green', '✓', text)
  }

  protected warning(text: string): void {
    this.#mark('yellow', '!', text)
  }

  /** What went wrong where the answer itself is shown too. The command chooses the exit code. */
  protected failed(text: string): void {
    this.#mark('red', '✗', text)
  }

  #mark(colour: Colour, sign: string, text: string): void {
    const paint = painter(this.io, this.io.stderr)
    this.io.stderr.write(`${paint(colour, sign)} ${visible(text)}\n`)
  }

  /** Asks before danger. On a production context --yes is not enough: --confirm with its name is. */
  protected async confirm(question: string, yes: boolean): Promise<void> {
    const {context} = await this.where()
    if (!isProduction(context)) return confirm(this.io, visible(question), yes)
    if (!this.#meant) return this.#mayChange(visible(question))
    const isSaid = yes || this.#text('confirm') === context.name
    await confirm(this.io, `${marked(context.name)} ${visible(question)}`, isSaid)
  }

  /** About files of this machine, wherever the command acts. */
  protected confirmHere(question: string, yes: boolean): Promise<void> {
    return confirm(this.io, visible(question), yes)
  }

  /** A saved plan was looked at where it was made: it says that production is meant. */
  protected asPlanned(): void {
    this.#meant = Promise.resolve()
  }

  /** Once for all that a command changes. */
  async #mayChange(question?: string): Promise<void> {
    const {context} = await this.where()
    const told = this.#text('confirm')
    refuseOther(context, told)
    if (told !== undefined || !isProduction(context)) return
    await (this.#meant ??= askProduction(this.io, context, question))
  }

  /** Asked of argv, because it must be known before flags are parsed, and when they cannot be. */
  protected get wantsJson(): boolean {
    const end = this.argv.indexOf('--')
    return (end === -1 ? this.argv : this.argv.slice(0, end)).includes('--json')
  }

  protected override async catch(thrown: Error & {oclif?: {exit?: number}; code?: string}): Promise<void> {
    if (thrown.code === 'EEXIT') throw thrown
    const failure = failureOf(thrown, (this.id ?? '').replaceAll(':', ' '))
    await printFailure(this.io, failure, this.wantsJson)
    this.exit(failure.exitCode)
  }

  protected override async finally(): Promise<void> {
    const client = await this.#client?.catch(() => undefined)
    await client?.close()
  }
}
