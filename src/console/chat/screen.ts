import {messageOf} from '../../base/errors.ts'
import {type ChatView, type OpenChat, SimulationError, type SimulatedInput} from '../../operations/flow-chat.ts'
import {commands, readCommand, type ChatCommand} from './commands.ts'

/** The keys that ink tells apart, as far as this screen knows them. */
export interface Key {
  return?: boolean
  backspace?: boolean
  delete?: boolean
  upArrow?: boolean
  downArrow?: boolean
  leftArrow?: boolean
  rightArrow?: boolean
  pageUp?: boolean
  pageDown?: boolean
  tab?: boolean
  escape?: boolean
  ctrl?: boolean
  meta?: boolean
}

export interface Shown {
  view: ChatView
  draft: string
  /** The option under the cursor, while there are any. */
  selected?: number
  /** Lines above the newest that are on screen. */
  scrolled: number
  notice?: {text: string; kind: 'good' | 'bad' | 'plain'}
}

export interface Outside {
  /** Writes a file. Throws when it may not. */
  save(this: void, path: string, text: string, replace: boolean): void
  leave(this: void, code: number): void
}

const INTERRUPTED = 130
const PAGE = 8

/** What is on the screen and what keys do to it: everything but drawing. */
export class ChatScreen {
  shown: Shown
  readonly #chat: OpenChat
  readonly #outside: Outside
  readonly #listeners = new Set<() => void>()
  readonly #typed: string[] = []

  constructor(chat: OpenChat, outside: Outside) {
    this.#chat = chat
    this.#outside = outside
    this.shown = this.#fresh({})
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Takes what was typed: one key, or all of a paste. */
  type(input: string, key: Key): void {
    if (key.ctrl && input === 'c') return this.#outside.leave(INTERRUPTED)
    if (key.ctrl && input === 'd') return this.#outside.leave(0)
    if (key.ctrl && input === 'u') return this.#set({draft: ''})
    if (key.return) return this.#enter()
    if (key.backspace || key.delete) return this.#set({draft: [...this.shown.draft].slice(0, -1).join('')})
    if (key.escape) return this.#set({draft: '', notice: undefined})
    if (key.pageUp) return this.#set({scrolled: this.shown.scrolled + PAGE})
    if (key.pageDown) return this.#set({scrolled: Math.max(0, this.shown.scrolled - PAGE)})
    if (key.downArrow || key.rightArrow || key.tab) return this.#move(1)
    if (key.upArrow || key.leftArrow) return this.#move(-1)
    if (key.ctrl || key.meta) return
    for (const part of input.split(/(\r\n|\r|\n)/)) {
      if (/^[\r\n]+$/.test(part)) this.#enter()
      else if (part !== '') this.#set({draft: this.shown.draft + part, notice: undefined})
    }
  }

  /** Lines that are not there cannot be scrolled to. */
  scrollAtMost(most: number): void {
    if (this.shown.scrolled > most) this.#set({scrolled: most})
  }

  #move(by: number): void {
    const count = this.#options().length
    const {draft, selected} = this.shown
    if (draft === '' && count > 0) return this.#set({selected: ((selected ?? 0) + by + count) % count})
    // Without options the arrows bring back what was typed before.
    if (by < 0 && this.#typed.length > 0) this.#set({draft: this.#typed.at(-1) ?? ''})
  }

  #enter(): void {
    const {draft, selected} = this.shown
    const option = this.#options()[selected ?? 0]
    if (draft.trim() === '') {
      if (option !== undefined) this.#act({do: 'tap', title: option})
      return
    }
    this.#typed.push(draft)
    if (draft.trim().startsWith(':')) this.#obey(readCommand(draft))
    else this.#act({do: 'say', text: draft.trim()})
  }

  #obey(command: ChatCommand): void {
    switch (command.do) {
      case 'act':
        return this.#act(command.input)
      case 'wait':
        return this.#try(() => this.#chat.wait())
      case 'restart':
        return this.#try(() => this.#chat.restart())
      case 'save':
        return this.#save(command)
      case 'help':
        return this.#tell('plain', helpText)
      case 'quit':
        return this.#outside.leave(0)
      case 'refuse':
        return this.#set({notice: {text: command.problem, kind: 'bad'}})
    }
  }

  #save({path, name = 'Conversa', replace}: Extract<ChatCommand, {do: 'save'}>): void {
    if (this.shown.view.turns.length === 0) return this.#tell('bad', 'Nothing was said yet.')
    const {text, failure} = this.#chat.saved(name)
    if (failure !== undefined)
      return this.#tell('bad', `It would not pass as a test, so nothing was written: ${failure}`)
    try {
      this.#outside.save(path, text, replace)
    } catch (error) {
      return this.#tell('bad', messageOf(error))
    }
    const isFound = /\.test\.(ya?ml|json)$/i.test(path)
    this.#tell('good', `${path} written; it passes.${isFound ? '' : ' flow test looks for *.test.yaml.'}`)
  }

  #act(input: SimulatedInput): void {
    this.#try(() => this.#chat.act(input))
  }

  #try(work: () => void): void {
    try {
      work()
      this.#replace(this.#fresh({}))
    } catch (error) {
      if (!(error instanceof SimulationError)) throw error
      this.#tell('bad', error.message)
    }
  }

  #tell(kind: NonNullable<Shown['notice']>['kind'], text: string): void {
    this.#set({draft: '', notice: {text, kind}})
  }

  #options(): string[] {
    return optionsOn(this.shown.view)
  }

  #fresh(more: Partial<Shown>): Shown {
    const view = this.#chat.view()
    return {view, draft: '', scrolled: 0, selected: optionsOn(view).length > 0 ? 0 : undefined, ...more}
  }

  #set(more: Partial<Shown>): void {
    this.#replace({...this.shown, ...more})
  }

  #replace(shown: Shown): void {
    this.shown = shown
    for (const listener of this.#listeners) listener()
  }
}

const helpText = Object.values(commands)
  .filter(({usage}) => usage !== '')
  .map(({usage, about}) => `${usage.padEnd(24)}${about}`)
  .join('\n')

/** Titles that can be chosen now. */
function optionsOn({state: {session}}: ChatView): string[] {
  return session?.status === 'active' && session.waiting?.for === 'message'
    ? session.options.map(({title}) => title)
    : []
}
