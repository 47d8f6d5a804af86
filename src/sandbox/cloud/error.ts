import type {Answer} from '../exchange.ts'
import type {World} from '../world.ts'

interface Known {
  title: string
  status: number
  details?: string
  transient?: boolean
  subcode?: number
  type?: string
}

/** Graph codes the stand-in answers with. The HTTP statuses are those of Meta's older tables. */
const known: Record<number, Known> = {
  1: {title: 'API Unknown', status: 500, details: 'An unknown error occurred.'},
  2: {title: 'API Service', status: 503, details: 'Service temporarily unavailable.', transient: true},
  4: {title: 'API Too Many Calls', status: 429, details: 'The app has reached its API call rate limit.'},
  10: {title: 'Application does not have permission for this action', status: 403},
  33: {title: 'Parameter value is not valid', status: 400, details: 'The business phone number has been deleted.'},
  100: {title: 'Invalid parameter', status: 400},
  104: {title: 'An access token is required to request this resource.', status: 401},
  190: {title: 'Invalid OAuth access token - Cannot parse access token', status: 401},
  368: {title: 'Temporarily blocked for policies violations', status: 403},
  2500: {title: 'Unknown path components', status: 400},
  80007: {
    title: 'Rate limit issues',
    status: 429,
    details: 'The WhatsApp Business Account has reached its rate limit.',
  },
  130429: {
    title: 'Rate limit hit',
    status: 429,
    details: 'Cloud API message throughput has been reached.',
    subcode: 2494055,
  },
  130472: {title: "User's number is part of an experiment", status: 400},
  131000: {title: 'Something went wrong', status: 500, details: 'Message failed to send due to an unknown error.'},
  131005: {title: 'Access denied', status: 403},
  131008: {title: 'Required parameter is missing', status: 400},
  131009: {title: 'Parameter value is not valid', status: 400},
  131016: {title: 'Service unavailable', status: 500, details: 'A service is temporarily unavailable.'},
  131021: {title: 'Recipient cannot be sender', status: 400, details: 'Sender and recipient phone number is the same.'},
  131026: {title: 'Message undeliverable', status: 400, details: 'Message Undeliverable.'},
  131031: {title: 'Business Account locked', status: 403},
  131042: {title: 'Business eligibility payment issue', status: 400},
  131047: {
    title: 'Re-engagement message',
    status: 400,
    details:
      'Message failed to send because more than 24 hours have passed since the customer last replied to this number.',
  },
  131048: {
    title: 'Spam rate limit hit',
    status: 429,
    details:
      'Message failed to send because there are restrictions on how many messages can be sent from this phone number.',
  },
  131049: {
    title: 'This message was not delivered to maintain healthy ecosystem engagement.',
    status: 400,
    details: 'In order to maintain a healthy ecosystem engagement, the message failed to be delivered.',
  },
  131050: {
    title: 'User has stopped marketing messages',
    status: 400,
    details:
      'Unable to deliver the message. This recipient has chosen to stop receiving marketing messages on WhatsApp from your business.',
  },
  131051: {title: 'Unsupported message type', status: 400},
  131053: {title: 'Media upload error', status: 400},
  131056: {
    title: '(Business Account, Consumer Account) pair rate limit hit',
    status: 429,
    details:
      'Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time.',
  },
  131057: {title: 'Account in maintenance mode', status: 500},
  131059: {title: 'Invalid paging cursor', status: 400},
  131062: {title: 'Business-scoped user ids are not supported for this message', status: 400},
  132000: {title: 'Number of parameters does not match the expected number of params', status: 400},
  132001: {title: 'Template name does not exist in the translation', status: 404},
  132005: {title: 'Translated text too long', status: 400},
  132007: {title: 'Template format character policy violated', status: 400},
  132012: {title: 'Parameter format does not match format in the created template', status: 400},
  132015: {title: 'Template is Paused', status: 400, details: 'Template is paused due to low quality.'},
  132016: {
    title: 'Template is Disabled',
    status: 400,
    details: 'Template has been paused too many times due to low quality.',
  },
  132018: {title: 'Template parameter validation error', status: 400},
  133004: {title: 'Server Temporarily Unavailable', status: 503},
  133005: {title: 'Two step verification PIN Mismatch', status: 400},
  133010: {title: 'Phone number Not Registered', status: 400, details: 'Account not registered.'},
}

/** What `--fault` statuses mean on Graph. */
const ofStatus: Record<number, number> = {
  400: 100,
  401: 190,
  403: 131005,
  404: 132001,
  429: 130429,
  500: 131000,
  503: 2,
}
const codesOfGraph = new Set(Object.keys(known).map(Number))

/** A refusal with Graph's code and details; thrown by checks, written by the router. */
export class GraphError extends Error {
  readonly code: number
  readonly details: string | undefined
  readonly subcode: number | undefined
  /** Replaces the whole message where Graph has a sentence of its own. */
  readonly sentence: string | undefined

  constructor(code: number, details?: string, more: {subcode?: number; sentence?: string} = {}) {
    super(details ?? known[code]?.title)
    this.code = code
    this.details = details
    this.subcode = more.subcode
    this.sentence = more.sentence
  }
}

/** No object of that id for this token: Graph does not say which of the two it was. */
export const noSuchObject = (id: string) =>
  new GraphError(100, undefined, {
    subcode: 33,
    sentence: `Unsupported post request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation. Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api`,
  })

/** The error as Graph writes it. */
export function errorAnswer(world: Pick<World, 'random'>, error: GraphError): Answer {
  const {title = 'Unknown', status = 400, details, transient, subcode} = known[error.code] ?? {}
  const said = error.details ?? details
  const body: Record<string, unknown> = {
    message: error.sentence ?? (error.code === 190 || error.code === 104 ? title : `(#${error.code}) ${title}`),
    type: error.subcode === 33 ? 'GraphMethodException' : 'OAuthException',
    code: error.code,
  }
  if (said !== undefined) body.error_data = {messaging_product: 'whatsapp', details: said}
  if (error.subcode ?? subcode) body.error_subcode = error.subcode ?? subcode
  if (transient) body.is_transient = true
  body.fbtrace_id = world.random.bytes(17).toString('base64url')
  return {status, body: JSON.stringify({error: body})}
}

/** The answer a fault asked for: an HTTP status, or a Graph code. Gateways answer HTML, as the real ones do. */
export function faultAnswer(world: Pick<World, 'random'>, status: number): Answer {
  if (status === 502 || status === 504) {
    return {
      status,
      type: 'text/html',
      body: `<html><head><title>${status}</title></head><body>Sorry, something went wrong.</body></html>`,
    }
  }
  const code = codesOfGraph.has(status) ? status : (ofStatus[status] ?? 1)
  const answer = errorAnswer(world, new GraphError(code))
  return status < 600 ? {...answer, status} : answer
}

/** The error as it stands in a `failed` status. */
export function webhookError(code: number, details?: string): Record<string, unknown> {
  const {title = 'Unknown', details: usual} = known[code] ?? {}
  return {
    code,
    title,
    message: title,
    error_data: {details: details ?? usual ?? title},
    href: 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/',
  }
}
