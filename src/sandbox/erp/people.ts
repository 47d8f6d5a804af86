import {slipFor} from './slip.ts'

/** A provider's customers, the same hundred in each of the four ERPs, made up and coherent. */
export interface Customer {
  /** 1 to 100. Ids of each ERP are made of it. */
  n: number
  name: string
  document: string
  company: boolean
  /** Area code and number, without 55. */
  phone: string
  email: string
  birthDate: string
  contracts: Contract[]
  invoices: Invoice[]
  tickets: Ticket[]
}

export interface Contract {
  n: number
  plan: Plan
  state: 'active' | 'blocked' | 'cancelled'
  online: boolean
}

export interface Invoice {
  n: number
  contract: number
  cents: number
  due: string
  paid: string | undefined
  line: string
  barcode: string
  pix: string
}

export interface Ticket {
  n: number
  protocol: string
  text: string
}

export interface Plan {
  n: number
  name: string
  cents: number
  mbps: number
  active: boolean
}

export const plans: readonly Plan[] = [
  {n: 9, name: 'FIBRA 500 MEGA', cents: 9990, mbps: 500, active: true},
  {n: 10, name: 'FIBRA 700 MEGA', cents: 11990, mbps: 700, active: true},
  {n: 11, name: 'LINK DEDICADO 200M', cents: 149_000, mbps: 200, active: true},
  {n: 3, name: 'RADIO 10 MEGA', cents: 6990, mbps: 10, active: false},
]

const DAY_MS = 86_400_000
const firstNames = 'Ana Bruno Carla Diego Elisa Fabio Gabriela Hugo Iara Jonas Karina Lucas Marta Nelson Olivia'.split(
  ' ',
)
const lastNames = 'Alves Barbosa Cardoso Dias Esteves Ferreira Gomes Lima Moraes Nunes Pereira Ramos'.split(' ')

/** Standing people that tests and demonstrations know by heart: one who pays, one who is blocked, a company. */
export const known = {
  active: '52998224725',
  blocked: '11144477735',
  company: '12ABC34501DE35',
  twice: '39053344705',
  unknown: '12345678909',
} as const

export function makePeople(now: number): Customer[] {
  const dayIn = (days: number) => new Date(now + days * DAY_MS).toISOString().slice(0, 10)
  return Array.from({length: 100}, (_, index) => personFor(index + 1, dayIn))
}

type DayIn = (days: number) => string

function personFor(n: number, dayIn: DayIn): Customer {
  const special = standing(n)
  const name = special?.name ?? `${firstNames[n % firstNames.length]} ${lastNames[n % lastNames.length]} Exemplo`
  const isBlocked = special?.blocked ?? n % 7 === 0
  const contracts = contractsFor(n, special?.contracts ?? 1, isBlocked)
  return {
    n,
    name,
    document: special?.document ?? cpfFor(100_000_000 + n * 7919),
    company: special?.company ?? false,
    phone: special?.phone ?? `4799${String(7_000_000 + n)}`,
    email: `cliente${n}@mail.example`,
    birthDate: '1985-04-17',
    contracts,
    invoices: invoicesFor(n, contracts, isBlocked ? [-49, -18] : n % 5 === 0 ? [20] : [-13, 17], dayIn),
    tickets: [],
  }
}

interface Standing {
  name: string
  document: string
  phone?: string
  company?: boolean
  blocked?: boolean
  contracts?: number
}

function standing(n: number): Standing | undefined {
  if (n === 1) return {name: 'Maria Aparecida Teste', document: known.active, phone: '47999990001'}
  if (n === 2) return {name: 'João Bloqueado Exemplo', document: known.blocked, phone: '47999990002', blocked: true}
  if (n === 3)
    return {name: 'Empresa Exemplo Ltda', document: known.company, phone: '4733330003', company: true, contracts: 2}
  if (n === 4 || n === 5)
    return {name: `Pedro Duplicado ${n === 4 ? 'Casa' : 'Loja'}`, document: known.twice, phone: '47999990004'}
  // Two who write to the sandbox's own numbers.
  if (n === 6) return {name: 'Maria Souza', document: cpfFor(123_456_780), phone: '11987650001'}
  if (n === 8) return {name: 'João Lima', document: cpfFor(123_456_781), phone: '11987650002'}
  return undefined
}

const contractsFor = (n: number, count: number, isBlocked: boolean): Contract[] =>
  Array.from({length: count}, (_, index) => ({
    n: 500 + n + index * 200,
    plan: (n === 3 ? plans[2 - index] : plans[n % 2]) ?? (plans[0] as Plan),
    state: isBlocked ? 'blocked' : 'active',
    online: !isBlocked && n % 11 !== 0,
  }))

/** One paid a month ago, then those that are open, in days from now; each contract has its own. */
const invoicesFor = (n: number, contracts: readonly Contract[], open: readonly number[], dayIn: DayIn): Invoice[] =>
  contracts.flatMap((contract, which) =>
    [-44, ...open].map((days, index): Invoice => {
      const number = 1000 * n + which * 100 + index
      const due = dayIn(days)
      const paid = index === 0 ? dayIn(days - 1) : undefined
      return {
        n: number,
        contract: contract.n,
        cents: contract.plan.cents,
        due,
        paid,
        ...slipFor(number, contract.plan.cents, due),
      }
    }),
  )

function cpfFor(base: number): string {
  const digits = String(base).padStart(9, '0').slice(0, 9)
  const digit = (text: string) => {
    const sum = [...text].reduce((all, one, index) => all + Number(one) * (text.length + 1 - index), 0)
    return ((sum * 10) % 11) % 10
  }
  const first = digit(digits)
  return `${digits}${first}${digit(`${digits}${first}`)}`
}

/** `529.982.247-25` or `12.ABC.345/01DE-35`. */
export function marked(document: string): string {
  const cpf = /^(\d{3})(\d{3})(\d{3})(\d{2})$/.exec(document)
  if (cpf) return `${cpf[1]}.${cpf[2]}.${cpf[3]}-${cpf[4]}`
  const cnpj = /^(.{2})(.{3})(.{3})(.{4})(.{2})$/.exec(document)
  return cnpj ? `${cnpj[1]}.${cnpj[2]}.${cnpj[3]}/${cnpj[4]}-${cnpj[5]}` : document
}

export const reais = (cents: number): string => (cents / 100).toFixed(2)

/** `10/11/2026` of `2026-11-10`. */
export const brazilian = (day: string): string => day.split('-').reverse().join('/')
