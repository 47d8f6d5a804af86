import type {Connector, ErpType} from './connector.ts'
import {hubsoft} from './hubsoft/connector.ts'
import {ixcsoft} from './ixcsoft/connector.ts'
import {mksolutions} from './mksolutions/connector.ts'
import {sisgp} from './sisgp/connector.ts'

/** Every ERP. To add one: a folder, a line here, recorded answers in the fixtures. */
export const connectors: Readonly<Record<ErpType, Connector>> = {hubsoft, ixcsoft, mksolutions, sisgp}
