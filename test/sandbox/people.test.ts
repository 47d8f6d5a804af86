import {describe, expect, it} from 'vitest'
import {systemClock} from '../../src/base/clock.ts'
import {people, type PeopleOptions} from '../../src/sandbox/people.ts'
import {chanceFor, menuOf, personaAt, replyTo} from '../../src/sandbox/persona.ts'
import {type ReceivedMessage, startSandbox} from '../../src/sandbox/sandbox.ts'
import {INSTANCE, INSTANCE_KEY, startBot} from './bot.ts'
import {PNID, SECRET, seeded, TOKEN, WABA} from './rig.ts'

async function company(bot: Awaited<ReturnType<typeof startBot>>) {
  const sandbox = await startSandbox({clock: systemClock, random: seeded(), statusDelayMs: 0})
  sandbox.addNumber({
    ...{phoneNumberId: PNID, wabaId: WABA, displayPhone: '+551140000001', token: TOKEN, appSecret: SECRET},
    webhookUrl: bot.url,
  })
  sandbox.addInstance({name: INSTANCE, apiKey: INSTANCE_KEY, ownerPhone: '+551140000002', webhookUrl: bot.url})
  bot.talkTo(sandbox)
  return {
    sandbox,
    async [Symbol.asyncDispose]() {
      await bot.fallSilent()
      await sandbox.close()
    },
  }
}

async function crowd(options: Partial<PeopleOptions>) {
  await using bot = await startBot()
  await using c = await company(bot)
  const all = people(c.sandbox, {
    clock: systemClock,
    numbers: [PNID, INSTANCE],
    thinkMs: [0, 3],
    maxMessages: 6,
    ...options,
  })
  await all.done
  await c.sandbox.idle()
  const byPerson = new Map<string, string[]>()
  for (const line of bot.heard) {
    const [who = '', said = ''] = line.split(': ')
    byPerson.set(who, [...(byPerson.get(who) ?? []), said])
  }
  return {
    byPerson,
    said: all.said(),
    stats: c.sandbox.stats(),
    badSignatures: bot.badSignatures(),
    customers: all.customers,
  }
}

describe('a small bot, end to end', () => {
  it('answers taps on Cloud and numbers on Evolution', async () => {
    await using bot = await startBot()
    await using c = await company(bot)
    const maria = c.sandbox.customer({phone: '+5511987650001', name: 'Maria', via: PNID})
    maria.say('oi')
    const menu = await maria.waitFor((message) => message.options.length > 0, 5000)
    expect(menu.options.map((option) => option.title)).toEqual(['Segunda via', 'Suporte', 'Falar com alguém'])
    maria.tap('segunda via')
    expect((await maria.waitFor(2, 5000)).text).toBe('Informe o seu CPF:')
    const joao = c.sandbox.customer({phone: '+5547987650002', name: 'João', via: INSTANCE})
    joao.say('oi')
    expect((await joao.waitFor(1, 5000)).text).toBe(
      'Como posso ajudar?\n1. Segunda via\n2. Suporte\n3. Falar com alguém',
    )
    joao.say('2')
    expect((await joao.waitFor(2, 5000)).text).toBe('Qual é o problema?')
    expect(() => joao.tap('Suporte')).toThrow('"Suporte" on the phone of João')
    expect(bot.badSignatures()).toBe(0)
  })
})

describe('people', () => {
  it('talk to a flow they do not know until each has said enough', async () => {
    const {byPerson, said, stats, badSignatures, customers} = await crowd({count: 6})
    expect(said).toBe(36)
    expect([...byPerson.values()].map((lines) => lines.length)).toEqual([6, 6, 6, 6, 6, 6])
    expect(customers.map((customer) => customer.via)).toEqual([PNID, INSTANCE, PNID, INSTANCE, PNID, INSTANCE])
    const lines = [...byPerson.values()].flat()
    expect(lines.some((line) => ['Segunda via', 'Suporte', 'Falar com alguém'].includes(line))).toBe(true)
    expect(lines.some((line) => /^[123]$/.test(line))).toBe(true)
    expect(stats).toMatchObject({said: 36, accepted: 36, received: 36, refused: 0, pending: 0})
    expect(badSignatures).toBe(0)
  })

  it('say the same again for the same seed, other things for another', async () => {
    const first = (await crowd({count: 4, seed: 3})).byPerson
    expect((await crowd({count: 4, seed: 3})).byPerson).toEqual(new Map([...first]))
    expect((await crowd({count: 4, seed: 4})).byPerson).not.toEqual(first)
  })

  it('stop at once when told', async () => {
    await using bot = await startBot()
    await using c = await company(bot)
    const all = people(c.sandbox, {
      clock: systemClock,
      numbers: [PNID],
      count: 3,
      thinkMs: [5, 10],
      maxMessages: 10_000,
    })
    await expect.poll(() => all.said()).toBeGreaterThan(5)
    all.stop()
    await all.done
    const said = all.said()
    await c.sandbox.idle()
    expect(all.said()).toBe(said)
  })

  it('come back when they are asked to, the first few of them, to say as much again', async () => {
    await using bot = await startBot()
    await using c = await company(bot)
    const pace = {thinkMs: [0, 3] as const, maxMessages: 4}
    const all = people(c.sandbox, {clock: systemClock, numbers: [PNID, INSTANCE], count: 3, ...pace})
    await all.done
    expect(all.said()).toBe(12)
    await all.again(2, pace)
    expect(all.said()).toBe(20)
  })

  it('give up on someone who never answers', async () => {
    await using bot = await startBot()
    const sandbox = await startSandbox({clock: systemClock, random: seeded()})
    sandbox.addInstance({name: INSTANCE, apiKey: INSTANCE_KEY, ownerPhone: '+551140000002', webhookUrl: bot.url})
    const all = people(sandbox, {clock: systemClock, numbers: [INSTANCE], count: 1, thinkMs: [0, 1], quietMs: 10})
    await all.done
    expect(all.said()).toBe(3)
    await sandbox.close()
  })
})

describe('personas', () => {
  it('are the same person each time, with right documents', () => {
    expect(personaAt(0)).toEqual({
      name: 'Maria Souza',
      phone: '+5511987650001',
      email: 'maria.souza@example.com',
      cpf: expect.stringMatching(/^\d{11}$/),
      cnpj: expect.stringMatching(/^\d{14}$/),
    })
    const digit = (text: string, weights: number[]) => {
      const rest = weights.reduce((sum, weight, at) => sum + weight * Number(text[at]), 0) % 11
      return rest < 2 ? 0 : 11 - rest
    }
    const one = [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]
    for (let index = 0; index < 30; index++) {
      const {cpf, cnpj} = personaAt(index)
      expect(digit(cpf, [10, 9, 8, 7, 6, 5, 4, 3, 2])).toBe(Number(cpf[9]))
      expect(digit(cpf, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2])).toBe(Number(cpf[10]))
      expect([digit(cnpj, one), digit(cnpj, [6, ...one])]).toEqual([Number(cnpj[12]), Number(cnpj[13])])
    }
    expect(new Set(Array.from({length: 40}, (_, index) => personaAt(index).phone)).size).toBe(40)
  })

  it.each([
    ['1. Suporte\n2. Vendas', ['1', '2']],
    ['Escolha:\n*1* - Boleto\n*2* - Suporte\n\nDigite o número', ['1', '2']],
    ['1) Rua A\n2) Rua B\n10) Rua C', ['1', '2', '10']],
    ['1️⃣ Boleto\n2️⃣ Suporte', ['1', '2']],
    ['Seu protocolo é 12', []],
    ['1. Só uma linha', []],
  ])('see the menu in %j', (text, numbers) => {
    expect(menuOf(text).map((line) => line.number)).toEqual(numbers)
  })

  const asked = (text: string): ReceivedMessage => ({id: 'a', at: 0, type: 'text', text, options: [], body: {}})

  it.each([
    ['Qual é o seu e-mail?', 'maria.souza@example.com'],
    ['Informe o CPF do titular', personaAt(0).cpf],
    ['Digite o CNPJ:', personaAt(0).cnpj],
    ['Como você se chama?', 'Maria Souza'],
    ['Qual o CEP?', '89201-000'],
    ['Me descreva o problema, por favor: o que acontece?', 'Minha internet está lenta desde ontem'],
    ['Que bom! Me conte em uma mensagem o que você procura.', 'Internet de 500 mega, no Centro'],
    ['Até logo!', undefined],
  ])('answer %j', (text, said) => {
    expect(replyTo([asked(text)], personaAt(0), chanceFor(1, 0))).toEqual(said && {kind: 'say', text: said})
  })

  it('answer the newest that asks, past what only tells', () => {
    const messages = [asked('Qual o seu nome?'), asked('Estou aqui para isso.')]
    expect(replyTo(messages, personaAt(0), chanceFor(1, 0))).toEqual({kind: 'say', text: 'Maria Souza'})
  })
})
