import {systemClock, type Clock} from '../../src/base/clock.ts'
import {createHttp} from '../../src/base/http.ts'
import {systemRandom} from '../../src/base/ids.ts'
import type {Connection, ErpType} from '../../src/erp/connector.ts'
import {connectors} from '../../src/erp/registry.ts'
import {createWire, type Wire} from '../../src/erp/wire.ts'
import {silentLogger} from '../../src/observability/logger.ts'
import {erpCredentials} from '../../src/sandbox/erp/provider.ts'

const {hubsoft, ixcsoft, mksolutions, sisgp} = erpCredentials

/** What each stand-in takes, in our names. */
export const credentialsFor: Record<ErpType, Pick<Connection, 'apiKey' | 'apiSecret' | 'credentials'>> = {
  hubsoft: {
    apiKey: hubsoft.clientId,
    apiSecret: hubsoft.clientSecret,
    credentials: {username: hubsoft.username, password: hubsoft.password},
  },
  ixcsoft: {apiKey: ixcsoft.token, credentials: {}},
  mksolutions: {apiKey: mksolutions.token, apiSecret: mksolutions.password, credentials: {}},
  sisgp: {apiKey: sisgp.token, credentials: {app: sisgp.app}},
}

export const settingsFor: Record<ErpType, Record<string, string>> = {
  hubsoft: {postal_code: '89200-000'},
  ixcsoft: {ticket_subject: '5', ticket_department: '2'},
  mksolutions: {ticket_process: '1', ticket_class: '2'},
  sisgp: {},
}

export interface TestWire extends AsyncDisposable {
  wire: Wire
}

export function connectionTo(type: ErpType, apiUrl: string, more: Partial<Connection> = {}): Connection {
  return {
    ...{id: `0192aaaa-0000-7000-8000-0000000000${type.length}1`, tenantId: 't', type, name: type, apiUrl},
    ...{fieldMapping: {}, settings: settingsFor[type], allowPrivateNetwork: true, timeZone: 'America/Sao_Paulo'},
    ...credentialsFor[type],
    ...more,
  }
}

/** A wire of its own on a real network, gone at the end of the scope. */
export function openWire(connection: Connection, clock: Clock = systemClock): TestWire {
  const http = createHttp({clock})
  const deps = {http, clock, random: systemRandom, log: silentLogger}
  const wire = createWire(deps, connectors[connection.type], connection)
  return {wire, [Symbol.asyncDispose]: () => http.close()}
}
