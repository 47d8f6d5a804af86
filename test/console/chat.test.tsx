import {EventEmitter} from 'node:events'
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {render} from 'ink'
import {afterEach, describe, expect, it} from 'vitest'
import {widthOf} from '../../src/cli/escape.ts'
import {ChatApp} from '../../src/console/chat/app.tsx'
import {keysOf} from '../../src/console/chat/keys.ts'
import {openChatScreen} from '../../src/console/chat/open.tsx'
import {ChatScreen} from '../../src/console/chat/screen.ts'
import {openChat, type OpenChat} from '../../src/flow/chat/open.ts'

const templates = join(import.meta.dirname, '../../templates/flows')
const read = (name: string) => ({name, text: readFileSync(join(templates, name), 'utf8')})

function open(name: string, withTest = true): OpenChat {
  const {chat} = openChat({
    flows: [read(`${name}.yaml`)],
    tests: withTest ? [read(`${name}.test.yaml`)] : [],
    variables: {api_financeiro: 'https://x.example.com'},
    contact: {},
    now: Date.parse('2026-03-02T12:30:00Z'),
  })
  if (!chat) throw new Error(name)
  return chat
}

/** A terminal that keeps what was written to it. */
class Terminal extends EventEmitter {
  isTTY = true
  columns: number
  rows: number
  written: string[] = []
  constructor(columns: number, rows: number) {
    super()
    this.columns = columns
    this.rows = rows
  }
  write = (text: string) => (this.written.push(text), true)
  resize(columns: number, rows: number) {
    Object.assign(this, {columns, rows})
    this.emit('resize')
  }
}

/** A keyboard. */
class Keyboard extends EventEmitter {
  raw: boolean[] = []
  setEncoding = () => {}
  resume = () => {}
  pause = () => {}
  setRawMode = (on: boolean) => void this.raw.push(on)
  press = (keys: string) => this.emit('data', keys)
}

const keys = {
  down: '\u001b[B',
  up: '\u001b[A',
  pageUp: '\u001b[5~',
  pageDown: '\u001b[6~',
  back: '\u007f',
  ctrlC: '\u0003',
}
const ended: (() => void)[] = []
afterEach(() => ended.splice(0).forEach((end) => end()))

function show(chat: OpenChat, [columns, rows] = [80, 24], coloured = false) {
  const stdout = new Terminal(columns, rows)
  const files = new Map<string, string>([['there.test.yaml', 'mine']])
  const left: number[] = []
  const screen = new ChatScreen(chat, {
    save(path, text, replace) {
      if (files.has(path) && !replace) throw new Error(`${path} is there already.`)
      files.set(path, text)
      return path
    },
    leave: (code) => void left.push(code),
  })
  const clock = () => 'seg. 09:30'
  const app = render(<ChatApp screen={screen} title="Título" coloured={coloured} clock={clock} />, {
    stdout: stdout as never,
    // Every frame whole, as soon as it is there.
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
  })
  ended.push(() => app.unmount())
  const frame = () => stdout.written.at(-1) ?? ''
  return {
    stdout,
    files,
    left,
    frame,
    lines: () => frame().split('\n'),
    /** Presses keys one after the other, and lets the screen follow. */
    press: async (...pressed: string[]) => {
      for (const one of pressed) {
        for (const key of keysOf(one)) screen.press(key)
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
  }
}

const ENTER = '\r'

describe.each([
  [80, 24],
  [120, 40],
  [60, 20],
])('on a screen of %i columns and %i rows', (columns, rows) => {
  it('a conversation fits, with the newest at the bottom', async () => {
    const {press, lines, frame} = show(open('boas-vindas'), [columns, rows])
    await press('oi', ENTER, keys.down, ENTER)
    expect(lines().length).toBeLessThan(rows)
    expect(lines().filter((line) => widthOf(line) > columns)).toEqual([])
    expect(frame()).toContain('[Vendas]')
    expect(frame()).toContain('Que bom! Me conte')
    expect(frame().includes('variables')).toBe(columns >= 72)
  })
})

describe('keys', () => {
  it('choose an option, in a circle; typing takes the cursor away', async () => {
    const {press, frame} = show(open('boas-vindas'))
    await press('oi', ENTER)
    expect(frame()).toContain('❯ 1 Suporte')
    await press(keys.down)
    expect(frame()).toContain('❯ 2 Vendas')
    await press(keys.up, keys.up)
    expect(frame()).toContain('❯ 3 Financeiro')
    await press('x')
    expect(frame()).not.toContain('❯')
    expect(frame()).toContain('> x▏')
    await press(keys.back, ENTER)
    expect(frame()).toContain('[Financeiro]')
    expect(frame()).toContain('setor = "Financeiro"')
  })

  it('a paste is as many messages as it has lines', async () => {
    const {press, frame} = show(open('fora-do-horario'), [80, 40])
    await press('Alô\rDeixar recado\n')
    expect(frame()).toContain('│ Alô │')
    expect(frame()).toContain('│ Deixar recado │')
  })

  it('scroll back and forth, and never beyond what there is', async () => {
    const {press, frame} = show(open('sem-conexao'), [80, 24])
    await press('sem internet', ENTER, ENTER, '529.982.247-25', ENTER)
    expect(frame()).not.toContain('sem internet')
    await press(keys.pageUp, keys.pageUp, keys.pageUp, keys.pageUp)
    expect(frame()).toContain('sem internet')
    expect(frame()).toMatch(/\d+ lines below/)
    await press(keys.pageDown, keys.pageDown, keys.pageDown, keys.pageDown)
    expect(frame()).toContain('↑↓ choose')
  })

  it('Ctrl-C leaves with 130, Ctrl-D and :quit with 0', async () => {
    const {press, left} = show(open('boas-vindas'))
    await press(keys.ctrlC, '\u0004', ':quit', ENTER)
    expect(left).toEqual([130, 0, 0])
  })
})

it('follows when the terminal is resized', async () => {
  const {press, stdout, lines, frame} = show(open('boas-vindas'), [120, 40])
  await press('oi', ENTER)
  expect(frame()).toContain('events')
  stdout.resize(60, 18)
  await press()
  await new Promise((resolve) => setImmediate(resolve))
  expect(frame()).not.toContain('events')
  expect(lines().length).toBeLessThan(18)
  expect(lines().filter((line) => widthOf(line) > 60)).toEqual([])
})

describe('commands', () => {
  it(':advance lets time pass, with a length or up to what comes next', async () => {
    const {press, frame} = show(open('boas-vindas'), [100, 50])
    await press('oi', ENTER, ':advance 29m', ENTER)
    expect(frame()).toContain('29m later')
    expect(frame()).toContain('next in 1m')
    await press(':advance', ENTER)
    expect(frame()).toContain('Vou encerrar por aqui')
    expect(frame()).toContain('the flow ends: completed')
    await press(':advance', ENTER)
    expect(frame()).toContain('Nothing happens here by itself.')
  })

  it(':answer answers a call, well or badly', async () => {
    const {press, frame} = show(open('segunda-via', false), [100, 50])
    await press('boleto', ENTER, '529.982.247-25', ENTER)
    expect(frame()).toContain(':answer 200')
    await press(':answer 200 {"cliente": ', ENTER)
    expect(frame()).toContain('has to be JSON')
    await press('\u0015', ':save x.test.yaml', ENTER)
    expect(frame()).toContain('A call waits for its answer')
    await press(':answer 200 {"cliente": null}', ENTER)
    expect(frame()).toContain('Não encontrei nenhum cadastro')
    await press(ENTER, '11.222.333/0001-81', ENTER, ':answer timeout', ENTER)
    expect(frame()).toContain('handed over to financeiro')
    await press(':return', ENTER)
    expect(frame()).toContain('the person gives it back')
  })

  it(':answer answers a look-up in the ERP by its outcome', async () => {
    const {press, frame} = show(open('segunda-via-erp', false), [100, 50])
    await press('meu boleto', ENTER, '529.982.247-25', ENTER)
    expect(frame()).toContain('erp customer → no answer. :answer found {…}')
    await press(':answer not_found', ENTER)
    expect(frame()).toContain('Não achei o cadastro')
  })

  it(':restart begins again', async () => {
    const {press, frame} = show(open('boas-vindas'))
    await press('oi', ENTER, ':restart', ENTER)
    expect(frame()).not.toContain('Olá Maria')
    expect(frame()).toContain('It begins with: oi, olá, menu')
  })

  it(':save writes a test that passes, and replaces nothing unasked', async () => {
    const {press, frame, files} = show(open('boas-vindas'))
    await press(':save nova.test.yaml', ENTER)
    expect(frame()).toContain('Nothing was said yet.')
    await press('oi', ENTER, ENTER, ':save nova.test.yaml Pede suporte', ENTER)
    expect(frame()).toContain('nova.test.yaml written; it passes.')
    expect(files.get('nova.test.yaml')).toContain('name: Pede suporte')
    await press(':save there.test.yaml', ENTER)
    expect(frame()).toContain('there.test.yaml is there already.')
    expect(files.get('there.test.yaml')).toBe('mine')
    await press(':save! there.test.yaml', ENTER)
    expect(files.get('there.test.yaml')).toContain('flow: boas-vindas')
    await press(':save outra.yaml', ENTER)
    expect(frame()).toContain('flow test looks for *.test.yaml')
  })

  it.each([
    [':svae x', 'Did you mean "save"?'],
    [':advance depois', 'is no duration'],
    [':advance 400d', 'is no duration'],
    [':save', 'Name a file'],
    [':answer', 'status and JSON'],
    [':answer 999 {}', 'status and JSON'],
    [':media filme', 'Send one of image'],
    [':location aqui', ':location -22.9,-47.1'],
    [':close', 'Nobody took the conversation over'],
    [':constructor', 'is no command'],
  ])('%s is refused in words', async (command, words) => {
    const {press, frame} = show(open('boas-vindas'), [100, 30])
    await press('oi', ENTER, command, ENTER)
    expect(frame()).toContain(words)
    expect(frame()).toContain('state   active')
  })

  it(':media and :location send what they say', async () => {
    const {press, frame} = show(open('fora-do-horario'), [100, 50])
    await press(':media image veja só', ENTER, ':location -22.9,-47.1', ENTER, ':help', ENTER)
    expect(frame()).toContain('(image) veja só')
    expect(frame()).toContain('(location) -22.9,-47.1')
    expect(frame()).toContain(':restart')
  })
})

it('takes nothing from a paste that the terminal would obey, and shows such of the flow as escapes', async () => {
  const {press, frame} = show(open('boas-vindas'))
  await press('o\u001b[31m\u0007i\u001b]0;x\u202e', ENTER)
  expect(frame()).toContain('oi0;x\\u202e')
  expect(frame()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
})

describe('the terminal', () => {
  it.each([
    ['Ctrl-C', (stdin: Keyboard) => stdin.press(keys.ctrlC), 130],
    ['Ctrl-D', (stdin: Keyboard) => stdin.press('\u0004'), 0],
    ['a stop from outside', () => process.emit('SIGTERM'), 0],
  ])('is given back as it was after %s', async (_what, end, code) => {
    const stdout = new Terminal(80, 24)
    const stdin = new Keyboard()
    const listeners = () => process.listenerCount('exit')
    const before = listeners()
    const options = {
      chat: open('boas-vindas'),
      title: 'T',
      coloured: false,
      clock: () => '',
      save: (path: string) => path,
    }
    const closed = openChatScreen(options, {stdin: stdin as never, stdout: stdout as never})
    end(stdin)
    expect(await closed).toBe(code)
    expect(stdout.written[0]).toBe('\u001b[?1049h\u001b[H')
    // The cursor too.
    expect(stdout.written.at(-1)).toBe('\u001b[?25h\u001b[?1049l')
    expect([stdin.raw[0], stdin.raw.at(-1)]).toEqual([true, false])
    expect(listeners()).toEqual(before)
  })
})
