import {conversationOperations} from './conversations.ts'
import {erpCassetteOperations} from './erp-cassettes.ts'
import {erpConnectionOperations} from './erp-connections.ts'
import {erpLookupOperations} from './erp-lookups.ts'
import {flowOperations} from './flows.ts'
import {eventOperations} from './events.ts'
import {installationOperations} from './installation.ts'
import {jobOperations} from './jobs.ts'
import {mediaOperations} from './media.ts'
import {messageOperations} from './messages.ts'
import type {ServedOperation} from './operation.ts'
import {secretOperations} from './secrets.ts'
import {sendOperations} from './send.ts'
import {tenantOperations} from './tenants.ts'
import {tokenOperations} from './tokens.ts'
import {webhookOperations} from './webhooks.ts'
import {whatsappConnectionOperations} from './whatsapp-connection.ts'
import {whatsappConfigOperations} from './whatsapp-configs.ts'

/** Everything the platform can do, resource by resource. The API mounts this; commands import what they call. */
export const operations: Readonly<Record<string, ServedOperation>> = {
  ...tenantOperations,
  ...tokenOperations,
  ...whatsappConfigOperations,
  ...whatsappConnectionOperations,
  ...secretOperations,
  ...flowOperations,
  ...sendOperations,
  ...messageOperations,
  ...conversationOperations,
  ...webhookOperations,
  ...jobOperations,
  ...installationOperations,
  ...erpConnectionOperations,
  ...erpLookupOperations,
  ...erpCassetteOperations,
  ...mediaOperations,
  ...eventOperations,
}
