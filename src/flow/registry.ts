import type {NodeType} from './node.ts'
import {apiCall} from './nodes/api-call.ts'
import {condition} from './nodes/condition.ts'
import {end} from './nodes/end.ts'
import {erp} from './nodes/erp.ts'
import {jump} from './nodes/jump.ts'
import {message} from './nodes/message.ts'
import {setVariable} from './nodes/set-variable.ts'
import {start} from './nodes/start.ts'
import {transfer} from './nodes/transfer.ts'
import {wait} from './nodes/wait.ts'
import type {NodeTypeName} from './shape.ts'

/** Every kind of node. To add one: a file in `nodes/`, a line here, a flow and its cases in the fixtures. */
export const nodeTypes: Record<NodeTypeName, NodeType> = {
  start,
  message,
  wait,
  condition,
  api_call: apiCall,
  erp,
  set_variable: setVariable,
  end,
  transfer,
  jump,
}

export const isNodeTypeName = (name: string): name is NodeTypeName => Object.hasOwn(nodeTypes, name)
