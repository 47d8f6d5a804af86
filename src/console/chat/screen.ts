import {messageOf} from '../../base/errors.ts'
import {type ChatView, type OpenChat, SimulationError, type SimulatedInput} from '../../operations/flow-chat.ts'
import type {Key} from './keys.ts'
import {commands, readCommand, type ChatCommand} from './commands.ts'

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
  /** Writes a test; answers where. */
  save(this: void, path: string, text: string, replace: boolean): string
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
    this.shown = this.#begun()
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Takes one key. */
  press({name, text = ''}: Key): void {
    const {draft, scrolled} = this.shown
    switch (name) {
      case 'interrupt':
        return this.#outside.leave(INTERRUPTED)
      case 'end':
        return this.#outside.leave(0)
      case 'enter':
        return this.#enter()
      case 'clear':
        return this.#set({draft: ''})
      case 'backspace':
        return this.#set({draft: [...draft].slice(0, -1).join('')})
      case 'escape':
        return this.#set({draft: '', notice: undefined})
      case 'page-up':
        return this.#set({scrolled: scrolled + PAGE})
      case 'page-down':
        return this.#set({scrolled: Math.max(0, scrolled - PAGE)})
      case 'next':
        return this.#move(1)
      case 'previous':
        return this.#move(-1)
      case 'text':
        return this.#set({draft: draft + text, notice: undefined})
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
        this.#chat.restart()
        return this.#replace(this.#begun())
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
    const {turns, state} = this.shown.view
    if (turns.length === 0) return this.#tell('bad', 'Nothing was said yet.')
    if (state.pending) return this.#tell('bad', 'A call waits for its answer: :answer, as :help says.')
    const {text, failure} = this.#chat.saved(name)
    if (failure !== undefined)
      return this.#tell('bad', `It would not pass as a test, so nothing was written: ${failure}`)
    let where: string
    try {
      where = this.#outside.save(path, text, replace)
    } catch (error) {
      return this.#tell('bad', messageOf(error))
    }
    const isFound = /\.test\.(ya?ml|json)$/i.test(path)
    this.#tell('good', `${where} written; it passes.${isFound ? '' : ' flow test looks for *.test.yaml.'}`)
  }

  #act(input: SimulatedInput): void {
    this.#try(() => this.#chat.act(input))
  }

  #try(work: () => void): void {
    try {
      work()
      this.#replace(this.#fresh())
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

  #fresh(): Shown {
    const view = this.#chat.view()
    return {view, draft: '', scrolled: 0, selected: optionsOn(view).length > 0 ? 0 : undefined}
  }

  #begun(): Shown {
    return {...this.#fresh(), notice: {text: beginningOf(this.#chat.flow.definition.trigger), kind: 'plain'}}
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

/** What makes the flow begin. */
function beginningOf(trigger: OpenChat['flow']['definition']['trigger']): string {
  if (trigger.type === 'keyword') return `It begins with: ${trigger.keywords.join(', ')}`
  return trigger.type === 'schedule' ? 'It begins when its time comes: :advance' : 'It begins with any message.'
}
