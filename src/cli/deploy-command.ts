import {statSync} from 'node:fs'
import {resolve} from 'node:path'
import {string as text, boolean} from '@oclif/core/flags'
import {PytakeError} from '../base/errors.ts'
import {applyFlowsOperation, type Plan, planFlowsOperation} from '../operations/flow-deploy.ts'
import {checkFlowFiles} from '../operations/flow-files.ts'
import {endedCanaries, shareOf} from './canary-rows.ts'
import {readFiles} from './files.ts'
import {appliedColumns, appliedSentence, problemLines, problemsError, warningsSentence} from './flow-rows.ts'
import {flowVariables} from './flow-variables.ts'
import {flowFolder} from './lint-input.ts'
import {liveOf} from './live-flags.ts'
import {ciUrlOf, commitOf} from './origin.ts'
import {table, tsv} from './output.ts'
import {lookOn, planText} from './plan-text.ts'
import {findProject, type Project} from './project.ts'
import {type DeployInput, type SavedPlan, savedPlanOf} from './saved-plan.ts'
import {TenantCommand} from './tenant-command.ts'

export const liveFlag = {
  live: text({
    summary: 'People who are inside: finish, restart, end, end:TEXT or move:NODE; FLOW=… or FLOW.NODE=… for some.',
    multiple: true,
  }),
}

/** Flags that decide what a deploy of files does. */
export const deployFlags = {
  var: text({summary: 'Value of ${var.NAME}, over those of pytake.yaml: NAME=VALUE.', multiple: true}),
  ...liveFlag,
  canary: text({summary: 'Share of new sessions that take what changed, such as 5%; the rest stays on what is live.'}),
  prune: boolean({summary: 'Also take off the air what this project deployed and has no file any more.'}),
}

/** Flags that say something about a release. */
export const releaseFlags = {
  note: text({summary: 'What this release is about; kept with it.'}),
  commit: text({summary: 'Commit these files are of; else what CI or git says.'}),
}

interface DeployFlags {
  var?: string[]
  context?: string
  live?: string[]
  canary?: string
  prune: boolean
}

/** Base of commands that plan or publish releases. */
export abstract class DeployCommand extends TenantCommand {
  /** What is to be deployed: named files, else the project's folder of flows; or a plan that was saved. */
  protected async wanted(paths: readonly string[], flags: DeployFlags): Promise<DeployInput | SavedPlan> {
    const project = await findProject(this.io.cwd)
    const named = paths.length > 0 ? paths : [flowFolder(this.io, project, (this.id ?? '').replaceAll(':', ' '))]
    const files = await readFiles(this.io, named)
    const saved = savedPlanOf(files)
    if (saved) {
      if (!flags.var && !flags.live && !flags.prune && flags.canary === undefined) return saved
      throw new PytakeError(
        'BAD_REQUEST',
        'A saved plan is applied as it is: --var, --live, --canary and --prune do not go with it.',
      )
    }
    if (flags.prune) this.refusePartialPrune(named, project)
    const input: DeployInput = {files, variables: await flowVariables(this.io, flags), project: project?.name}
    return {...input, prune: flags.prune, live: liveOf(flags.live), canary: shareOf(flags.canary)}
  }

  /** A single file says nothing of the others: everything else would go. */
  private refusePartialPrune(paths: readonly string[], project: Project | undefined): void {
    if (project?.name === undefined) {
      const why = '--prune needs a project: what others deployed is not touched.'
      throw new PytakeError('BAD_REQUEST', why, {help: 'Write name: NAME into pytake.yaml.'})
    }
    const file = paths.find((path) => !statSync(resolve(this.io.cwd, path), {throwIfNoEntry: false})?.isDirectory())
    if (file !== undefined) throw new PytakeError('BAD_REQUEST', `--prune goes with whole folders; ${file} is none.`)
  }

  /** Tells what is wrong with the files. Errors end the command. */
  protected async check({files = [], variables}: DeployInput): Promise<void> {
    if (files.length === 0) return
    const {problems} = await this.call(checkFlowFiles, {files, variables})
    const error = problemsError(problems)
    if (this.wantsJson) {
      if (error) throw error
      return
    }
    const warnings = problems.filter(({severity}) => severity === 'warn')
    if (error) {
      this.failed(error.message)
      const errors = problems.filter(({severity}) => severity === 'error')
      this.io.stderr.write(`\n${problemLines(errors)}\n`)
    }
    if (warnings.length > 0) {
      this.warning(warningsSentence(warnings))
      this.io.stderr.write(`\n${problemLines(warnings)}\n`)
    }
    if (!error) return
    const rule = problems.find(({severity}) => severity === 'error')?.rule
    this.say(`Nothing was changed. Explain a rule: pytake flow lint --explain ${rule}`)
    this.exit(error.exitCode)
  }

  protected async plan(input: DeployInput): Promise<Plan> {
    const plan = await this.call(planFlowsOperation, input)
    if (!this.wantsJson) for (const note of plan.notes) this.warning(note)
    return plan
  }

  protected async heading({tenant, flows}: Plan): Promise<string> {
    const {context} = await this.where()
    const count = flows.length === 1 ? '1 flow' : `${flows.length} flows`
    return `Context ${context.name} · tenant ${tenant.name} · ${count}\n\n`
  }

  /** Shows the plan, asks, publishes exactly what was shown, and tells what was done. */
  protected async publish(
    input: DeployInput,
    plan: Plan,
    flags: {yes: boolean; note?: string; commit?: string},
  ): Promise<void> {
    const {stderr, stdout} = this.io
    const changes = plan.flows.filter(({action}) => action !== 'unchanged')
    if (changes.length > 0 && !this.wantsJson) {
      stderr.write((await this.heading(plan)) + planText(plan, lookOn(this.io, stderr)))
    }
    if (changes.length > 0) await this.confirm(`Publish ${changes.map(({flow}) => flow).join(', ')}?`, flags.yes)
    const answer = await this.call(applyFlowsOperation, {
      ...input,
      expect: plan.base,
      commit: (flags.commit ?? commitOf(this.io)) || undefined,
      note: flags.note,
      ci_url: ciUrlOf(this.io),
    })
    if (this.wantsJson) this.show(answer, {})
    else
      stdout.write(stdout.isTTY ? await table(answer.data, appliedColumns, stdout) : tsv(answer.data, appliedColumns))
    this.done([appliedSentence(answer.data), ...endedCanaries(plan)].join(' '))
  }
}
