import {auditOperations} from './audit.ts'
import {authOperations} from './auth.ts'
import {contactOperations} from './contacts.ts'
import {conversationOperations} from './conversations.ts'
import {erpCassetteOperations} from './erp-cassettes.ts'
import {erpConnectionOperations} from './erp-connections.ts'
import {erpLookupOperations} from './erp-lookups.ts'
import {flowOperations} from './flows.ts'
import {flowAuthoringOperations} from './flow-authoring.ts'
import {flowAnalyticsOperations} from './flow-analytics.ts'
import {flowCanaryOperations} from './flow-canary.ts'
import {flowRehearsalOperations} from './flow-rehearsal.ts'
import {flowTemplateOperations} from './flow-templates.ts'
import {flowReplayOperations} from './flow-replay.ts'
import {flowReleaseOperations} from './flow-releases.ts'
import {flowSessionOperations} from './flow-sessions.ts'
import {flowDeployOperations} from './flow-deploy.ts'
import {eventOperations} from './events.ts'
import {hookActionOperations} from './hook-actions.ts'
import {hookOperations} from './hooks.ts'
import {installationOperations} from './installation.ts'
import {jobOperations} from './jobs.ts'
import {joinOperations} from './join.ts'
import {mediaOperations} from './media.ts'
import {messageOperations} from './messages.ts'
import {oidcOperations} from './oidc.ts'
import type {ServedOperation} from './operation.ts'
import {secretOperations} from './secrets.ts'
import {sendOperations} from './send.ts'
import {tenantOperations} from './tenants.ts'
import {tokenOperations} from './tokens.ts'
import {userOperations} from './users.ts'
import {webhookOperations} from './webhooks.ts'
import {whatsappConnectionOperations} from './whatsapp-connection.ts'
import {whatsappConfigOperations} from './whatsapp-configs.ts'

/** Everything the platform can do, resource by resource. The API mounts this; commands import what they call. */
export const operations: Readonly<Record<string, ServedOperation>> = {
  ...tenantOperations,
  ...authOperations,
  ...joinOperations,
  ...oidcOperations,
  ...userOperations,
  ...tokenOperations,
  ...whatsappConfigOperations,
  ...whatsappConnectionOperations,
  ...secretOperations,
  ...flowOperations,
  ...flowAuthoringOperations,
  ...flowRehearsalOperations,
  ...flowTemplateOperations,
  ...flowDeployOperations,
  ...flowReleaseOperations,
  ...flowAnalyticsOperations,
  ...flowReplayOperations,
  ...flowCanaryOperations,
  ...flowSessionOperations,
  ...sendOperations,
  ...messageOperations,
  ...conversationOperations,
  ...contactOperations,
  ...webhookOperations,
  ...hookOperations,
  ...hookActionOperations,
  ...jobOperations,
  ...installationOperations,
  ...erpConnectionOperations,
  ...erpLookupOperations,
  ...erpCassetteOperations,
  ...mediaOperations,
  ...eventOperations,
  ...auditOperations,
}
