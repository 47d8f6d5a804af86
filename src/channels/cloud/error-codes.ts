import {BY_ITSELF, type ErrorClass, type ProviderError} from '../errors.ts'

/** What is known about one of Meta's codes, without the answer it came in. */
export type KnownError = Pick<ProviderError, 'class' | 'message' | 'nextStep' | 'retryAfterMs' | 'slows'>

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

const NEW_TOKEN = 'Make a new token and set it: pytake whatsapp edit NAME --access-token-file FILE'
const TEST = 'See what is wrong: pytake whatsapp test NAME'
const TEMPLATES = 'Look at its state in the WhatsApp Manager.'
const PARAMETERS = 'Give it the values it has places for, header and buttons included.'
const MANAGER = 'Open WhatsApp Manager: '
const NOTHING = 'Nothing can be done from here; do not send it again.'

type Rest = Pick<KnownError, 'retryAfterMs' | 'slows'>

const entry =
  (errorClass: ErrorClass) =>
  (message: string, nextStep: string, rest: Rest = {}): KnownError => ({class: errorClass, message, nextStep, ...rest})

const soon = entry('retry_after')
const later = entry('retry_later')
const person = entry('stop_recipient')
const lane = entry('stop_lane')
const template = entry('fix_template')
const request = entry('fix_request')

/** Meta's error codes (fact: the same code can come in an answer and in a status). */
export const errorCodes: Readonly<Record<string, KnownError>> = {
  // Access
  0: lane('Meta does not accept the access token.', NEW_TOKEN),
  3: lane('The app lacks a permission or capability for this call.', TEST),
  10: lane('The token lacks a permission, or this business may not do that.', TEST),
  33: lane(
    'This phone number id does not exist, or was deleted.',
    'Set it: pytake whatsapp edit NAME --phone-number-id ID',
  ),
  104: lane('No access token was sent.', NEW_TOKEN),
  190: lane('The access token has expired or was revoked.', NEW_TOKEN),
  200: lane('The token lacks a permission.', TEST),
  131005: lane('The token lacks the permission for this.', TEST),

  // Meta's own trouble
  1: soon('Meta could not read the request or had an error of its own.', BY_ITSELF, {retryAfterMs: 2 * SECOND}),
  2: soon('WhatsApp is down or overloaded.', BY_ITSELF, {retryAfterMs: 5 * SECOND}),
  131000: soon('WhatsApp failed for an unknown reason.', BY_ITSELF, {retryAfterMs: 5 * SECOND}),
  131016: soon('WhatsApp is unavailable for a moment.', BY_ITSELF, {retryAfterMs: 5 * SECOND}),
  131057: soon('The account is in maintenance for about a minute.', BY_ITSELF, {retryAfterMs: MINUTE, slows: 'lane'}),
  133004: soon('The server is unavailable for a moment.', BY_ITSELF, {retryAfterMs: 5 * SECOND}),
  2494100: soon('The number is in maintenance.', BY_ITSELF, {retryAfterMs: 5 * MINUTE, slows: 'lane'}),

  // Pace
  4: later('The app has reached its limit of calls.', BY_ITSELF, {retryAfterMs: 10 * MINUTE, slows: 'lane'}),
  80007: later('The business account has reached its limit of calls.', BY_ITSELF, {
    retryAfterMs: 10 * MINUTE,
    slows: 'lane',
  }),
  130429: soon('This number sends faster than WhatsApp takes.', BY_ITSELF, {retryAfterMs: 5 * SECOND, slows: 'lane'}),
  131056: soon('Too many messages to this person in a short time.', BY_ITSELF, {
    retryAfterMs: 6 * SECOND,
    slows: 'pair',
  }),

  // The account or the number must be mended by a person
  368: lane(
    'Meta has restricted this account for breaking a policy.',
    `${MANAGER}account quality shows what and until when.`,
  ),
  131031: lane('The account is locked or restricted, or the PIN is wrong.', `${MANAGER}account quality shows why.`),
  131037: lane('The display name of this number is not approved yet.', `${MANAGER}phone numbers, display name.`),
  131042: lane('There is a problem with the payment method.', `${MANAGER}billing, payment settings.`),
  131044: lane('There is a problem with the payment method for calls.', `${MANAGER}billing, payment settings.`),
  131045: lane('The number is not registered correctly.', TEST),
  131048: lane(
    'Too many messages of this number were blocked or reported; WhatsApp limits it.',
    `${MANAGER}quality of the number. Send less, wait some hours.`,
  ),
  131063: lane(
    'Marketing templates are switched off on the Cloud API for this account.',
    `${MANAGER}settings, marketing messages.`,
  ),
  131064: lane(
    'The account is limited because templates broke the rules for categories.',
    `${MANAGER}templates, violations.`,
  ),
  133000: lane('An earlier deregistration of the number failed.', 'Deregister the number again, then register it.'),
  133005: lane('The two-step PIN is wrong.', 'Set the PIN again in WhatsApp Manager, phone numbers.'),
  133006: lane('The number must be verified before it is registered.', `${MANAGER}phone numbers, verify.`),
  133008: later('Too many wrong PINs; WhatsApp blocks more guesses for a while.', 'Wait as long as the details say.', {
    retryAfterMs: HOUR,
  }),
  133009: later('PINs were tried too fast.', 'Wait as long as the details say.', {retryAfterMs: HOUR}),
  133010: lane('The number is not registered on the Cloud API.', TEST),
  133015: later('The number was deleted a moment ago.', 'Wait five minutes, then register it.', {
    retryAfterMs: 5 * MINUTE,
  }),
  133016: later('Too many registrations of this number: ten in 72 hours.', 'Wait up to 72 hours.', {
    retryAfterMs: 72 * HOUR,
  }),
  134011: lane('The terms for payments have not been accepted.', `${MANAGER}billing, accept the terms.`),
  134102: lane('Marketing Messages is not available for this account.', 'Send the template as an ordinary one.'),

  // The recipient
  130403: person('This person is blocked by the business.', 'Unblock the person in WhatsApp Manager first.'),
  130472: person('WhatsApp keeps this person out of marketing in an experiment.', NOTHING),
  130497: person('This business may not message people in this country.', NOTHING),
  131021: person('Sender and recipient are the same number.', 'Use another recipient.'),
  131026: person(
    'It cannot be delivered: not on WhatsApp, an old app, or terms not accepted.',
    'Check the number with the person.',
  ),
  131030: person(
    'A test number may write only to the five numbers on its list.',
    'Add the recipient on the API Setup page of the app.',
  ),
  131049: later('Not delivered: this person has had enough marketing for now.', 'Wait at least 24 hours.', {
    retryAfterMs: 24 * HOUR,
    slows: 'pair',
  }),
  131050: person(
    'This person has stopped marketing messages from this business.',
    'Respect it: no marketing until they resume.',
  ),
  131062: person(
    'This message needs a phone number; the person is known by user id only.',
    'Ask the person for the number.',
  ),
  137000: person(
    'The person has changed the phone, so the identity no longer matches.',
    'Check the identity, then send again.',
  ),

  // The window
  131047: request(
    'More than 24 hours have passed since the last message of this person.',
    'Send a template: pytake message send --to NUMBER --template NAME',
  ),

  // The message itself
  100: request(
    'Meta does not accept a value of the request; the details say which.',
    'Correct the field named in the details.',
  ),
  131008: request('A required field is missing.', 'Add the field named in the details.'),
  131009: request('A field has a value that WhatsApp does not accept.', 'Correct the field named in the details.'),
  131020: request('Messages to groups are not possible here.', 'Write to a person.'),
  131041: request('Messages to groups are not possible here.', 'Write to a person.'),
  131051: request('WhatsApp does not know this kind of message.', 'Send another kind.'),
  131052: request('A file that the customer sent could not be downloaded.', 'Ask the customer to send it again.'),
  131053: request('The file could not be taken: its type, size or link is wrong.', 'Check the file and send it again.'),
  131055: request('Only marketing templates may go this way.', 'Send it as an ordinary message.'),
  131059: request('The position in the list is no longer valid.', 'Start the list again.'),
  131060: request('The content of this message is not available.', 'It may come later by itself.'),
  134100: request('Only marketing templates may go this way.', 'Send it as an ordinary message.'),
  135000: request('Meta could not process the parameters.', 'Check the parameters of the message.'),

  // Templates
  132000: template('The number of parameters differs from the template.', PARAMETERS),
  132001: template('The template does not exist in this language, or is not approved.', TEMPLATES),
  132005: template('With its parameters the text of the template is too long.', 'Shorten the parameters.'),
  132007: template('The content of the template breaks a WhatsApp policy.', 'Change the template in WhatsApp Manager.'),
  132008: template('A parameter has the wrong form for the template.', PARAMETERS),
  132012: template('A parameter has the wrong form for the template.', PARAMETERS),
  132015: template('The template is paused because of its low quality.', TEMPLATES),
  132016: template(
    'The template is disabled because it was paused too often.',
    'Make a new template with other content.',
  ),
  132018: template(
    'A parameter is not valid: line breaks, tabs or many spaces are not allowed.',
    'Correct the parameters.',
  ),
  132068: template('The flow behind the template is blocked.', `${MANAGER}flows.`),
  132069: later('The flow behind the template is throttled: ten messages an hour.', BY_ITSELF, {retryAfterMs: HOUR}),
  134101: later('The template is still being prepared for marketing.', 'Wait ten minutes.', {
    retryAfterMs: 10 * MINUTE,
  }),
  2388019: template('The account has as many templates as it may have.', 'Delete templates that are no longer used.'),
  2388039: template('The state of the template does not allow this change.', TEMPLATES),
  2388040: template('A text of the template is too long.', 'Shorten it.'),
  2388047: template('The header of the template is not valid.', 'Correct the header.'),
  2388072: template('The body of the template is not valid.', 'Correct the body.'),
  2388073: template('The footer of the template is not valid.', 'Correct the footer.'),
  2388293: template('The template has too many parameters for its length.', 'Add words or take parameters out.'),
  2388299: template('A template may not begin or end with a parameter.', 'Put words around it.'),
}

/** Codes that Meta documents as a family. */
export function familyOf(code: number): KnownError | undefined {
  if (code > 200 && code <= 299) return errorCodes[200]
  if (code >= 131200 && code <= 131299) return errorCodes[131020]
  if (code >= 138000 && code <= 138999) return request('The call could not be made.', 'See the details.')
  if (code >= 139000 && code <= 139999)
    return request('The flow or the block list does not allow this.', 'See the details.')
  return undefined
}
