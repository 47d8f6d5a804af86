import type {ErpFailure} from './errors.ts'

export const erpTypes = ['hubsoft', 'ixcsoft', 'mksolutions', 'sisgp'] as const
export type ErpType = (typeof erpTypes)[number]

/** What can be asked of every ERP, the same words for all. */
export const erpOperations = ['customer', 'invoices', 'boleto', 'status', 'ticket', 'plans'] as const
export type ErpOperation = (typeof erpOperations)[number]

/** A connector translates between one ERP's wire and our own words. It knows no store, no cache and no flow. */
export interface Connector {
  readonly type: ErpType
  /** The product as people know it. */
  readonly label: string
  readonly capabilities: Capabilities
  /** Credentials by our names, each with a sentence; `optional` ones may be left out. */
  readonly credentials: Readonly<Partial<Record<CredentialName, CredentialInfo>>>
  /** What else can be set for a connection, by name, with a sentence. */
  readonly settings: Readonly<Record<string, string>>
  /** The document is checked and clean. Not found is an empty list. */
  customers(document: string, line: ErpLine): Promise<Answer<Customer[]>>
  /** Every invoice of the wished kind, sorted by due date. */
  invoices(customerId: string, wish: InvoiceWish, line: ErpLine): Promise<Answer<Invoice[]>>
  /** The second copy. With `pdf` the file itself is asked for where the ERP hands it out. */
  slip(invoice: SlipWish, line: ErpLine): Promise<Answer<Slip>>
  status(customerId: string, line: ErpLine): Promise<Answer<ConnectionStatus>>
  openTicket(ticket: NewTicket, line: ErpLine): Promise<Answer<Ticket>>
  /** A ticket that carries our reference, where the ERP can list tickets; undefined when there is none. */
  findTicket?(ticket: NewTicket, line: ErpLine): Promise<Answer<Ticket | undefined>>
  plans(line: ErpLine): Promise<Answer<Plan[]>>
  /** One page of all customers, for the sync; `after` is what the page before gave. */
  everyone(after: string | null, since: string | null, line: ErpLine): Promise<Answer<CustomerPage>>
  /** Open invoices of all customers in one go, for the sync; where there is none it asks customer by customer. */
  openInvoices?(line: ErpLine): Promise<Answer<Invoice[]>>
  /** Asks for something harmless with the credentials. */
  probe(line: ErpLine): Promise<Answer<string>>
}

export interface Capabilities {
  /** Operations that this ERP lacks, each with the reason. */
  unsupported: Readonly<Partial<Record<ErpOperation, string>>>
  /** Whether it says that a customer is online, not only that a customer is blocked. */
  onlineState: boolean
  /** Why a PDF, a bar code or a PIX text may be missing; for people. */
  notes: readonly string[]
  /** Requests at once that its servers are known to bear. */
  concurrency: number
  /** Shortest time between two syncs, seconds. */
  syncFloor: number
  /** Sync takes only what changed since the last one. */
  incremental: boolean
}

export type CredentialName = 'api_key' | 'api_secret' | 'username' | 'password' | 'app'
export interface CredentialInfo {
  about: string
  optional?: true
}

/** One connection with its secrets opened. */
export interface Connection {
  id: string
  tenantId: string
  type: ErpType
  name: string
  /** Base address without a trailing slash. */
  apiUrl: string
  apiKey?: string
  apiSecret?: string
  credentials: Readonly<Record<string, string>>
  /** Our field -> the field of the ERP's answer that it comes from. */
  fieldMapping: Readonly<Record<string, string>>
  settings: Readonly<Record<string, string>>
  /** A private certificate authority, PEM. */
  ca?: string
  allowPrivateNetwork: boolean
  /** The provider's own time zone: dates without offset are local there. */
  timeZone: string
}

/** A connector's way out, for one operation: everything sent over it shares one time limit. */
export interface ErpLine {
  readonly connection: Connection
  /** Now, ms. */
  readonly now: number
  /** `2026-11-23` where the provider is. */
  readonly today: string
  send(request: ErpRequest): Promise<ErpReply | ErpFailure>
  /**
   * The session token: fetched once however many wait for it. `refused` names one that the ERP did not take, so that it
   * is fetched anew unless somebody else did that already.
   */
  token(signIn: () => Promise<Answer<Token>>, refused?: string): Promise<Answer<string>>
}

export interface ErpRequest {
  method: 'GET' | 'POST'
  /** Below the connection's address, or a whole address where `anywhere` is set. */
  path: string
  query?: Readonly<Record<string, string | undefined>>
  headers?: Readonly<Record<string, string>>
  json?: unknown
  form?: Readonly<Record<string, string | undefined>>
  /** False for what changes something there: it is sent once and never again. */
  safe: boolean
  /** A service that may be switched off there: its 500 says nothing about the server. */
  mayLack?: true
  maxBytes?: number
  /** A file that an answer named: fetched without our credentials. */
  anywhere?: boolean
}

export interface ErpReply {
  outcome: 'replied'
  status: number
  headers: Readonly<Record<string, string>>
  body: Buffer
}

export interface Token {
  token: string
  /** When it ends, ms; null where nobody says. */
  expiresAt: number | null
}

/** A failure is a value with its outcome; anything else is `found`. */
export type Answer<T> = {outcome: 'found'; data: T} | ErpFailure

export const found = <T>(data: T): Answer<T> => ({outcome: 'found', data})

/** Types instead of interfaces from here on, because flows keep them as JSON. */
export type Customer = {
  /** What the other operations take. */
  customer_id: string
  /** The number by which the provider's people know the customer. */
  code: string
  name: string
  /** Masked: `***.982.247-**`. */
  document: string
  kind: 'person' | 'company'
  email: string | null
  /** E.164. */
  phones: string[]
  active: boolean
  contracts: Contract[]
  /** A notice that the provider has set for this customer, e.g. of an outage. */
  notice: string | null
  /** What `field_mapping` adds. */
  fields: Record<string, string | number | boolean | null>
  /** For telling whether a person is who they say; never leaves the program. */
  secret?: {document: string | null; birthDate: string | null}
}

export type ContractState = 'active' | 'blocked' | 'reduced' | 'pending' | 'cancelled' | 'other'

export type Contract = {
  contract_id: string
  plan: string | null
  state: ContractState
  /** In the ERP's words. */
  state_text: string
}

export type InvoiceStatus = 'open' | 'overdue' | 'paid' | 'cancelled'
export type InvoiceWish = 'open' | 'overdue' | 'paid' | 'all'

export type Invoice = {
  /** What the second copy takes. */
  invoice_id: string
  customer_id: string
  contract_id: string | null
  number: string
  description: string | null
  status: InvoiceStatus
  amount_cents: number
  /** With fine and interest, where the ERP says. */
  updated_cents: number | null
  paid_cents: number | null
  currency: 'BRL'
  due_on: string | null
  paid_on: string | null
}

export type SlipWish = {invoiceId: string; customerId?: string; pdf?: boolean}

export type Slip = {
  invoice_id: string
  amount_cents: number | null
  currency: 'BRL'
  due_on: string | null
  /** 47 digits without marks, as it is easy to copy. */
  digitable_line: string | null
  barcode: string | null
  /** Copy and paste text, exactly as the ERP gave it. */
  pix: string | null
  url: string | null
  pdf_base64: string | null
  /** What is missing or looks wrong. */
  warnings: string[]
}

export type ConnectionStatus = {
  customer_id: string
  state: 'online' | 'offline' | 'unknown'
  blocked: boolean
  reduced: boolean
  reason: string | null
  /** ISO time since when it is so, where the ERP says. */
  since: string | null
  /** A known outage, in the provider's words. */
  notice: string | null
  connections: {
    contract_id: string | null
    login: string | null
    state: 'online' | 'offline' | 'unknown'
    blocked: boolean
    reason: string | null
    since: string | null
  }[]
}

export interface NewTicket {
  customerId: string
  contractId?: string
  title: string
  description: string
  /** Ours; it stands in the ticket's text, so that a ticket is found again. */
  reference: string
  contactName?: string
  contactPhone?: string
}

export type Ticket = {
  ticket_id: string | null
  /** The number to give the customer; null where the ERP gave none. */
  protocol: string | null
  reference: string
  /** It was there already under this reference. */
  existing: boolean
}

export type Plan = {
  plan_id: string
  name: string
  description: string | null
  price_cents: number | null
  currency: 'BRL'
  download_mbps: number | null
  upload_mbps: number | null
}

export interface CustomerPage {
  customers: Customer[]
  /** Null at the end. */
  after: string | null
}
